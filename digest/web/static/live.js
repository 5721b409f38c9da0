// A part of a page that changes by itself: data-live is its address, asked every data-seconds while the
// page is seen. Without this script the page is what it was when it was loaded.
"use strict";
const live = () => document.querySelector("[data-live]");
const again = () => setTimeout(renew, 1000 * (live()?.dataset.seconds || 2));

async function renew() {
  const part = live();
  // What somebody is about to press must not move away, and nobody looks at a hidden page.
  if (!part || document.hidden || part.contains(document.activeElement)) {
    if (part) again();
    return;
  }
  try {
    const answer = await fetch(part.dataset.live, { headers: { "HX-Request": "true" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      part.replaceWith(page.getElementById(part.id));
    }
  } catch {
    // The next time is another try.
  }
  again();
}

again();
