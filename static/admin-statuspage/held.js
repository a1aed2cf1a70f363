// Counts the seconds in which a post can be undone, by how long the page has been open: the clocks of
// the device and of the server need not agree. When they are over, the buttons go.
"use strict";

for (const card of document.querySelectorAll(".held")) {
  const left = card.querySelector("[data-left]");
  const number = left.querySelector("span");
  const end = performance.now() + (Date.parse(card.dataset.until) - Date.parse(card.dataset.now));
  const show = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    number.textContent = String(Math.max(0, seconds));
    if (seconds > 0) return;
    clearInterval(timer);
    left.hidden = true;
    for (const form of card.querySelectorAll("form")) form.hidden = true;
    card.querySelector("[data-over]").hidden = false;
  };
  const timer = setInterval(show, 250);
  left.hidden = false;
  show();
}
