// Passkeys: a form whose answer the browser gives. Without them, or without a script, it stays hidden.

const { PublicKeyCredential } = window;
const canBe = PublicKeyCredential?.parseRequestOptionsFromJSON && PublicKeyCredential.prototype.toJSON;

async function answer(form) {
  const options = JSON.parse(form.dataset.passkey);
  const credential = form.dataset.passkeyMakes === "yes"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.answer.value = JSON.stringify(credential.toJSON());
}

for (const form of canBe ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    const problem = form.querySelector("[data-passkey-problem]");
    problem.hidden = true;
    try {
      await answer(form);
    } catch (error) {
      problem.hidden = false; // they closed the window, or there is no key: the password is still there
      return;
    }
    form.submit();
  });
}
