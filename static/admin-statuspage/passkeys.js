// Shows the buttons for passkeys where there is a script and a browser that knows them; says what went wrong.
"use strict";
(() => {
  if (!window.PublicKeyCredential) return;
  for (const button of document.querySelectorAll("[data-passkey]")) button.hidden = false;
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    document.getElementById("passkey-trouble").hidden = false;
  });
})();
