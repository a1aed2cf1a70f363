// Keyboard shortcuts: the keys of every screen (data-everywhere in the list) and those of this one (data-key).
// None fires while somebody types; single keys can be turned off (WCAG 2.1.4), those with Ctrl or ⌘ stay.
"use strict";
(() => {
  const NAME = "single-keys";
  const root = document.documentElement;
  const dialog = document.getElementById("keys");
  const kept = () => { try { return localStorage.getItem(NAME); } catch { return null; } };
  const on = () => kept() !== "off";

  const typing = (element) => element instanceof HTMLElement
    && (element.isContentEditable || element.matches("select, textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset])"));
  const visible = (element) => element.checkVisibility() && !element.disabled && !element.closest("[inert]");
  const shown = () => [...document.querySelectorAll("[data-key]")].filter(visible);

  function name(element) {
    if (element.dataset.keyLabel) return element.dataset.keyLabel;
    const copy = (element.labels?.[0] ?? element).cloneNode(true);
    copy.querySelectorAll("kbd").forEach((each) => each.remove());
    return copy.textContent.trim().replace(/\s+/g, " ") || element.getAttribute("aria-label") || "";
  }
  function caption(key) {
    const mac = /Mac|iP(hone|ad|od)/.test(navigator.platform);
    return key === "mod+enter" ? (mac ? "⌘↵" : "Ctrl ↵") : key;
  }
  function act(element) {
    if (typing(element)) element.focus();
    else element.click();
  }

  function list() {
    for (const place of document.querySelectorAll(".keys .here")) {
      place.replaceChildren(...shown().map((element) => {
        const row = document.createElement("tr");
        const key = document.createElement("kbd");
        key.textContent = caption(element.dataset.key);
        row.insertCell().append(key);
        row.insertCell().append(name(element));
        return row;
      }));
    }
  }
  function open() {
    list();
    if (!dialog.open) dialog.showModal();
  }
  function tell() {
    root.classList.toggle("keys-on", on());
    for (const each of document.querySelectorAll(".keys-switch")) {
      each.checked = on();
      each.closest(".switch").hidden = false;
    }
    for (const each of document.querySelectorAll("[data-key]")) {
      const key = each.dataset.key === "mod+enter" ? "Control+Enter Meta+Enter" : each.dataset.key;
      if (on() || each.dataset.key === "mod+enter") each.setAttribute("aria-keyshortcuts", key);
      else each.removeAttribute("aria-keyshortcuts");
      const cap = each.dataset.key === "mod+enter" && each.querySelector("kbd");
      if (cap) cap.textContent = caption("mod+enter");
    }
  }

  function pressed(event) {
    if (event.defaultPrevented || event.repeat || event.isComposing || event.altKey) return;
    const modified = event.ctrlKey || event.metaKey;
    if (modified && event.key === "Enter" && !document.querySelector("dialog[open]")) {
      const element = shown().find((each) => each.dataset.key === "mod+enter");
      if (element) { event.preventDefault(); act(element); }
      return;
    }
    if (modified || !on() || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.shiftKey && event.key !== "?" && event.key !== "/") return;
    const key = event.key;
    const element = key === "?" ? null : key === "/" ? document.querySelector("#searchbar, input[type=search]")
      : shown().find((each) => each.dataset.key === key) ?? document.querySelector(`#keys [data-everywhere="${CSS.escape(key)}"]`);
    if (key !== "?" && !element) return;
    event.preventDefault();
    if (key === "?") open();
    else act(element);
  }

  addEventListener("keydown", pressed);
  addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a.open-keys");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    open();
  });
  addEventListener("change", (event) => {
    if (!event.target.matches?.(".keys-switch")) return;
    try { localStorage.setItem(NAME, event.target.checked ? "on" : "off"); } catch { /* it holds for this page */ }
    tell();
  });
  // Another menu, Escape or a click elsewhere closes a menu.
  addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  document.addEventListener("htmx:afterSettle", tell);
  list();
  tell();
})();
