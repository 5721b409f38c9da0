// Puts the browser's time zone into the fields that ask for one; without it they keep their default.
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
