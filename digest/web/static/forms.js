// What forms can do only with a script. Without it they work too: with a default, or with one page more.

// The browser's time zone goes into the fields that ask for one.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("[data-zone]")) {
  const known = !field.options || [...field.options].some((option) => option.value === zone);
  if (zone && known) field.value = zone;
}

// Where a zone was chosen already, the browser's is only offered.
for (const offer of document.querySelectorAll("[data-zone-offer]")) {
  if (!zone || zone === offer.dataset.zoneNow) continue;
  const field = document.getElementById(offer.dataset.zoneOffer);
  offer.querySelector("[data-zone-name]").textContent = zone;
  offer.querySelector("button").addEventListener("click", () => {
    if (![...field.options].some((option) => option.value === zone)) field.add(new Option(zone));
    field.value = zone;
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
