// Every page is whole without this. It spares clicks: forms that only choose send themselves (never for
// the keyboard, which passes over choices on its way), digests and commands can be copied, what is
// under way is looked at again, and a
// print shows what is folded.
"use strict";
for (const form of document.querySelectorAll("form[data-choose]")) {
  let pointed = false;
  form.addEventListener("pointerdown", () => { pointed = true; });
  form.addEventListener("keydown", () => { pointed = false; });
  form.addEventListener("change", (event) => {
    if (pointed && event.target.matches("select, input[type=date]") && event.target.checkValidity()) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
}
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-choose] :disabled")) field.disabled = false;
});
const done = document.getElementById("done");
for (const what of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet copy";
  button.textContent = done.dataset.sayCopy;
  button.setAttribute("aria-label", `${done.dataset.sayCopy}: ${what.dataset.copy}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(what.textContent.trim());
    done.textContent = done.dataset.sayCopied;
  });
  what.after(button);
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
const again = document.querySelector("a[data-again]");
if (again) setTimeout(() => location.replace(again.href), 2000);
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const one of opened) one.open = true;
});
window.addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
});
