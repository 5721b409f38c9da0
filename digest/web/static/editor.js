// The pages of an issue, where scripts run: drag, keys, saving by itself, the mail beside, and what
// others change meanwhile. Without it every one of these is a form or a link.

(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("scripted");
  const edit = () => document.getElementById("edit");
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // The mail: as high as it is, in one look and width until another is chosen.

  function fit(frame) {
    const page = frame.contentDocument;
    if (!page || !page.body) return;
    const height = () => {
      const least = frame.id === "frame" ? frame.parentElement.clientHeight : 0;
      frame.style.height = `${Math.max(page.documentElement.scrollHeight, least)}px`;
    };
    frame.style.height = "0px";
    height();
    for (const picture of page.images) if (!picture.complete) picture.addEventListener("load", height);
  }

  for (const frame of all("iframe.fit, #frame")) {
    frame.addEventListener("load", () => {
      fit(frame);
      if (frame.id === "frame") turnTo(edit().dataset.anchor);
    });
    if (frame.contentDocument?.readyState === "complete") fit(frame);
  }
  let resized;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => all("iframe.fit, #frame").forEach(fit), 150);
  });

  // Show a story in the mail beside, once, and wherever the mail is scrolled to after that.
  let turnedTo = "";
  function turnTo(anchor) {
    const place = anchor && anchor !== turnedTo && one("#frame")?.contentDocument?.getElementById(anchor);
    if (!place) return;
    turnedTo = anchor;
    one("#mail-view").scrollTo({ top: place.getBoundingClientRect().top - 80 });
  }

  let look = "light";
  function showMail() {
    const frame = one("#frame");
    if (!frame) return;
    const query = new URLSearchParams({ stamp: edit().dataset.stamp });
    if (look !== "light") query.set("look", look);
    frame.contentWindow.location.replace(`${frame.dataset.src}?${query}`);
  }

  addEventListener("click", (event) => {
    const button = event.target.closest("[data-frame-look], [data-frame-width]");
    if (button) {
      if (button.dataset.frameLook) {
        look = button.dataset.frameLook;
        for (const other of all("[data-frame-look]")) other.setAttribute("aria-pressed", other === button);
        showMail();
      } else {
        const narrow = one("#mail-view").classList.toggle("phone");
        button.setAttribute("aria-pressed", narrow);
        fit(one("#frame"));
      }
    }
    const jump = event.target.closest("[data-jump]");
    if (jump) {
      const frame = one("iframe.fit");
      const place = frame?.contentDocument?.getElementById(jump.dataset.jump.slice(1));
      if (place) {
        event.preventDefault();
        place.scrollIntoView({ block: "center" });
        frame.scrollIntoView({ block: "nearest" });
        scrollTo({ top: scrollY + frame.getBoundingClientRect().top + place.getBoundingClientRect().top - 120 });
      }
    }
  });

  // Words are saved when one leaves their field; until then the form says that they are not.

  const unsaved = new Set(); // by their action and the name of their first field
  const keyOf = (form) => `${form.action} ${form.querySelector("[name]:not([type=hidden])")?.name}`;
  function markUnsaved() {
    for (const form of all("[data-save]")) {
      if (form.dataset.refused !== undefined) unsaved.add(keyOf(form));
      form.classList.toggle("dirty", unsaved.has(keyOf(form)));
    }
  }
  addEventListener("input", (event) => {
    const form = event.target.closest("[data-save]");
    if (form) unsaved.add(keyOf(form));
    markUnsaved();
    const shown = one(`[data-shows="${event.target.name}"]`);
    if (shown) {
      const text = event.target.value, cut = Number(event.target.dataset.cut);
      shown.textContent = text.length > cut ? `${text.slice(0, cut - 1)}…` : text;
    }
  });
  addEventListener("change", (event) => {
    event.target.closest("[data-save], [data-auto]")?.requestSubmit();
  });

  // The Enter key is a change and a submit: what is on its way already is not sent a second time.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-save]") && !unsaved.delete(keyOf(form))) {
      event.preventDefault();
      event.stopPropagation();
    } else if (form.hasAttribute("data-hx-post")) answering = true;
  }, true);

  // A page that changed in place: what is typed and not saved stays as it is typed.

  let answering = false; // what this page does itself comes with its answer
  document.addEventListener("htmx:after:swap", () => {
    answering = false;
    markUnsaved();
    for (const form of all("[data-save]:not(.dirty)")) {
      for (const field of form.elements) {
        if ("defaultValue" in field && field.value !== field.defaultValue) field.value = field.defaultValue;
      }
    }
    arrange();
    showMail();
    mark(current);
    if (news) tell(news);
    news = null;
  });

  // Drag.

  const stories = () => all("#board .story");
  const numberOf = (story) => Number(story.id.slice(1));
  function grip() {
    return Object.assign(document.createElement("span"), { className: "grip", textContent: "⠿", ariaHidden: "true" });
  }
  function arrange() {
    const form = one("#drag");
    if (!form || !window.Sortable) return;
    for (const story of stories()) {
      story.tabIndex = -1;
      if (!one(".grip", story)) story.prepend(grip());
    }
    for (const list of all("#board .board")) {
      if (Sortable.get(list)) continue;
      Sortable.create(list, {
        group: "stories",
        handle: ".grip",
        animation: 120,
        forceFallback: false,
        onEnd(event) {
          const { item, to } = event;
          if (to === event.from && event.newIndex === event.oldIndex) return;
          const next = item.nextElementSibling;
          form.elements.topic.value = to.dataset.topic;
          form.elements.before.value = to.dataset.lead || (next ? numberOf(next) : to.dataset.next || "");
          if (to.dataset.topic || to.dataset.lead) arrangeBy("move", numberOf(item));
          else htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerMorph" });
        },
      });
    }
  }
  function arrangeBy(act, number) {
    const form = one("#drag");
    form.elements.do.value = act;
    form.elements.story.value = number;
    form.requestSubmit();
  }

  // Keys.

  let current = 0; // the number of the story that the keys are for
  function mark(number) {
    for (const story of stories()) story.classList.toggle("current", numberOf(story) === number);
  }
  function select(story) {
    if (!story) return;
    current = numberOf(story);
    mark(current);
    story.focus({ preventScroll: true });
    story.scrollIntoView({ block: "nearest" });
    turnTo(`story-${current}`);
  }
  function neighbour(by) {
    const list = stories();
    const at = list.findIndex((story) => numberOf(story) === current);
    return list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)];
  }
  const press = (act) => one(`#s${current} [value="${act} ${current}"]`)?.click();
  function shift(act) {
    if (one(`#s${current}`)?.parentElement.dataset.topic) arrangeBy(act, current);
  }
  const keys = {
    j: () => select(neighbour(1)),
    k: () => select(neighbour(-1)),
    J: () => shift("down"),
    K: () => shift("up"),
    l: () => press("lead"),
    x: () => {
      const list = stories(), at = list.findIndex((story) => numberOf(story) === current);
      press("hide");
      const next = list[at + 1] || list[at - 1];
      current = next ? numberOf(next) : 0;
    },
    Enter: () => one(`#s${current} > a`)?.click(),
    u: () => one('[data-key="undo"]')?.click(),
    r: () => one('[data-key="redo"]')?.click(),
    s: () => one("#subject")?.focus(),
    n: () => one("#note")?.focus(),
    p: () => one('.tabs a[href$="' + edit().dataset.path + '"]')?.click(),
    Escape: () => one('[data-key="back"]')?.click(),
    "?": () => one("#keys")?.showModal(),
  };
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]");
    if (typing && event.key === "Escape") typing.blur();
    if (typing || event.altKey || event.ctrlKey || event.metaKey || !edit()) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  addEventListener("focusin", (event) => {
    const story = event.target.closest("#board .story");
    if (story) mark((current = numberOf(story)));
  });

  // What others change.

  let news = null; // to be told once the page shows it
  function listen() {
    if (!edit()?.dataset.stamp) return;
    const address = () => `${edit().dataset.path}/changes?stamp=${edit().dataset.stamp}`;
    follow(address, heard, () => 5);
  }
  function heard(change) {
    if (answering || change?.stamp === edit().dataset.stamp) return;
    if (unsaved.size || one(".sortable-chosen")) {
      // What is being typed stays; the change is shown with the next one.
      if (change) tell((news = change));
      return;
    }
    news = change;
    htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerMorph" });
  }
  function tell(change) {
    const line = one("#others");
    if (!line || !change.who || change.who === edit().dataset.who) return;
    line.textContent = `${change.who}: ${change.what}`;
    line.hidden = false;
  }
  arrange();
  markUnsaved();
  listen();

  // Addresses of subscribers, as they are typed.

  const search = one("[data-suggest]");
  let asked;
  search?.addEventListener("input", () => {
    clearTimeout(asked);
    asked = setTimeout(async () => {
      const answer = await fetch(`${search.dataset.suggest}?as=${encodeURIComponent(search.value)}`);
      if (!answer.ok) return;
      const options = (await answer.json()).map((email) => Object.assign(document.createElement("option"), { value: email }));
      one("#subscribers").replaceChildren(...options);
    }, 150);
  });
})();
