// Shows the settings of the chosen kind of monitor; without this script all of them are shown.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const kind = document.getElementById("id_kind");
  if (!kind) return;
  const choose = () => {
    for (const settings of document.querySelectorAll("fieldset.kind")) {
      settings.hidden = Boolean(kind.value) && !settings.classList.contains("kind-" + kind.value);
    }
  };
  kind.addEventListener("change", choose);
  choose();
});
