// Shows the settings of the kind of monitor, once it is chosen; without this script all of them are shown.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const kind = document.getElementById("id_kind");
  if (!kind) return;
  const choose = () => {
    for (const settings of document.querySelectorAll("fieldset.kind")) {
      settings.hidden = !settings.classList.contains("kind-" + kind.value);
    }
  };
  kind.addEventListener("change", choose);
  choose();
});
