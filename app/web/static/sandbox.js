"use strict";
// What HTML and htmx cannot say by themselves: Enter sends, a sent text goes away, sheets close, a lost server is shown.

const closeSheets = () => document.querySelectorAll(":popover-open").forEach((sheet) => sheet.hidePopover());

document.addEventListener("keydown", (event) => {
  // While an input method is composing (拼音), Enter belongs to it; 229 is how Safari says so.
  const composing = event.isComposing || event.keyCode === 229;
  if (event.key !== "Enter" || event.shiftKey || composing || !event.target.matches(".composer textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

document.addEventListener("htmx:before:request", (event) => {
  const from = event.detail.ctx.sourceElement;
  if (from.matches(".composer")) from.dataset.sent = from.elements.text.value;
});

document.addEventListener("htmx:after:request", (event) => {
  const { sourceElement: from, response } = event.detail.ctx;
  document.body.classList.remove("lost");
  if (response.status >= 400) return;
  // Only what was sent goes away; what has been typed meanwhile stays.
  if (from.matches(".composer") && from.elements.text.value === from.dataset.sent) from.elements.text.value = "";
  if (from.matches("[data-say]") && matchMedia("(max-width: 56.24rem)").matches) {
    document.querySelectorAll("details.examples").forEach((list) => { list.open = false; });
  }
});

document.addEventListener("htmx:error", () => document.body.classList.add("lost"));
document.addEventListener("change", (event) => { if (event.target.closest("#people")) closeSheets(); });
document.addEventListener("click", (event) => { if (event.target.closest("#travel button")) closeSheets(); });
