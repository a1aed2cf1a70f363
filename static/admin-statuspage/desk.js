// Checklists, notes and ready texts without a new page: what is typed elsewhere on the screen stays.
// Without this script every button is a plain POST.
"use strict";

(() => {
  const redraw = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("desk");
    const old = document.getElementById("desk");
    if (!fresh || !old) return false;
    const focused = document.activeElement ? document.activeElement.id : "";
    const open = [...old.querySelectorAll("#ready details[open]")].length > 0;
    old.replaceWith(fresh);
    if (open) fresh.querySelector("#ready details").open = true;
    const again = focused && document.getElementById(focused);
    if (again) again.focus();
    offer();
    return true;
  };

  const offer = () => {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("#desk .copy")) button.hidden = false;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.closest("#desk") || form.dataset.sent) return;
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    fields.set("from", "desk");
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields, credentials: "same-origin" });
      if (redraw(await answer.text())) return;
    } catch {
      // The plain way, which shows what is wrong.
    }
    form.dataset.sent = "yes";
    form.requestSubmit(event.submitter);
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("#desk .copy");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.copied;
  });

  offer();
})();
