// What pages can do only with a script. Without it they work too: with a default, or with one page more.

// The browser's time zone, and how it is shown: as a list shows it, or as a list would.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const listed = (field) => [...field.options].find((option) => option.value === zone);
const shown = (field) => listed(field)?.text.trim() ?? zone.replace(/^.*?\//, "").replaceAll("_", " ");

function takeZone(field) {
  // Some browsers know a zone by an older name than the list has.
  if (field.options && !listed(field)) field.add(new Option(shown(field), zone));
  field.value = zone;
}

// It goes into the fields that ask for one.
if (zone) document.querySelectorAll("[data-zone]").forEach(takeZone);

// Where a zone was chosen already, the browser's is only offered.
for (const offer of document.querySelectorAll("[data-zone-offer]")) {
  const field = document.getElementById(offer.dataset.zoneOffer);
  if (!zone || zone === (field.value || offer.dataset.zoneOwn)) continue;
  offer.querySelector("[data-zone-name]").textContent = shown(field);
  offer.querySelector("button").addEventListener("click", () => {
    takeZone(field);
    offer.hidden = true;
    field.focus();
  });
  offer.hidden = false;
}

// A page that caches keep has no stamp of its own: its form gets one while the address is typed.
for (const field of document.querySelectorAll("[data-stamp]")) {
  field.form.addEventListener("focusin", async () => {
    const answer = await fetch(field.dataset.stamp);
    if (answer.ok) field.value = await answer.text();
  }, { once: true });
}

// To pass a story on: the buttons show where the browser can do what they say.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  });
}
for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = !navigator.share;
  // Whoever closes the list of ways to share has changed their mind.
  button.addEventListener("click", () =>
    navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => {}));
}
