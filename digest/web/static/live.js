// What changes while a page is looked at. Without this script it is what it was when it was loaded.
"use strict";

// Server-sent events from address(); each calls onNews with what it says. Where there are none (too many
// look, or something between holds them back) onNews(null) is called every so many seconds(). Nobody
// looks at a hidden page, and a browser has few connections for all of them.
function follow(address, onNews, seconds) {
  let source = null, timer = 0;
  function begin() {
    clearTimeout(timer);
    source?.close();
    if (document.hidden) return;
    let isOpen = false;
    source = new EventSource(address());
    source.addEventListener("open", () => (isOpen = true));
    source.addEventListener("message", (event) => onNews(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      source.close();
      if (!isOpen) onNews(null);
      timer = setTimeout(begin, isOpen ? 500 : 1000 * seconds());
    });
  }
  document.addEventListener("visibilitychange", begin);
  begin();
}

// A part of a page: data-live is its address, data-changes where its changes are told, and data-seconds
// how often it may be asked for.
(() => {
  const part = () => document.querySelector("[data-live]");
  const seconds = () => Number(part()?.dataset.seconds || 2);
  let askedAt = 0, waits = 0;

  async function renew() {
    waits = 0;
    const shown = part();
    if (!shown) return;
    // What somebody is about to press must not move away.
    if (shown.contains(document.activeElement)) return again();
    askedAt = Date.now();
    try {
      const answer = await fetch(shown.dataset.live, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      shown.replaceWith(page.getElementById(shown.id));
      // What it says of elsewhere on the page, such as a count in a button.
      for (const said of part()?.querySelectorAll("[data-text-of]") || []) {
        for (const place of document.querySelectorAll(`[data-text="${said.dataset.textOf}"]`)) place.textContent = said.textContent;
      }
    } catch {
      // The next time is another try.
    }
  }
  function again() {
    waits ||= setTimeout(renew, Math.max(0, askedAt + 1000 * seconds() - Date.now()) || 500);
  }
  if (part()) {
    follow(() => `${part()?.dataset.changes}?stamp=${encodeURIComponent(part()?.dataset.stamp)}`, again, seconds);
  }
})();
