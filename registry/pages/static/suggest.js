// Suggestions while typing, as an ARIA combobox with a list (APG). Without this the box searches as ever.
"use strict";
for (const field of document.querySelectorAll("[data-suggest]")) {
  const WAIT = 150, LEAST = 2;
  const list = document.createElement("ul");
  const said = document.getElementById("done");
  let timer = 0, asking = null, active = -1, shown = [];
  list.id = `${field.id}-list`;
  list.className = "suggest";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.suggest);
  list.hidden = true;
  field.parentElement.append(list);
  field.type = "text"; // a search field has keys and a role of its own
  field.enterKeyHint = "search";
  const states = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(states)) field.setAttribute(name, value);
  function mark(at) {
    active = at;
    [...list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === at)));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", list.children[at].id);
  }
  function show(found) {
    shown = found;
    list.replaceChildren(...found.map(option));
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    said.textContent = found.length ? field.dataset.said.replace("#", found.length) : "";
    mark(-1);
  }
  function option(one, at) {
    const item = document.createElement("li");
    item.id = `${list.id}-${at}`;
    item.setAttribute("role", "option");
    const beside = [one.on === one.text || one.on === one.code ? "" : one.on, one.code, one.title];
    for (const [tag, text] of [["span", one.text], ["small", beside.filter(Boolean).join(" · ")]]) {
      const part = document.createElement(tag);
      part.textContent = text;
      item.append(part, " ");
    }
    item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    item.addEventListener("click", () => go(one));
    return item;
  }
  function go(one) {
    const to = new URL(one.kind === "standard" ? "/standard" : `/subject/${one.id}`, location.origin);
    if (one.kind === "standard") to.searchParams.set("number", one.text);
    const lang = field.form.elements.namedItem("lang");
    if (lang) to.searchParams.set("lang", lang.value);
    close();
    location.assign(to);
  }
  function close() {
    clearTimeout(timer);
    asking?.abort();
    show([]);
  }
  async function ask() {
    const text = field.value.trim();
    asking?.abort(); // of what was typed before nobody wants to know
    if ([...text].length < LEAST) return show([]);
    const mine = (asking = new AbortController());
    try {
      const answer = await fetch(`/api/v1/suggest?q=${encodeURIComponent(text)}`, { signal: mine.signal });
      const found = answer.ok ? (await answer.json()).suggestions : [];
      if (mine === asking && document.activeElement === field) show(found);
    } catch {
      if (mine === asking) show([]);
    }
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  }
  // While an input method composes, its letters are not the text yet, and its keys are its own.
  field.addEventListener("input", (event) => { if (!event.isComposing) later(); });
  field.addEventListener("compositionend", later);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const open = !list.hidden, last = shown.length - 1;
    if (event.key === "ArrowDown" && open) mark(active === last ? -1 : active + 1);
    else if (event.key === "ArrowUp" && open) mark(active < 0 ? last : active - 1);
    else if (event.key === "ArrowDown") ask();
    else if (event.key === "Escape" && open) close();
    else if (event.key === "Enter" && active >= 0) go(shown[active]);
    else {
      if (event.key === "Enter") close(); // the form is sent as it stands
      return;
    }
    event.preventDefault();
  });
}
