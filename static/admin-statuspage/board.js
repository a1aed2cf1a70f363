// Refreshes the board panel by panel: what somebody types in, opened or has focused stays, and a board
// that cannot be refreshed says so and loses its green: silence is never green.
"use strict";
(() => {
  // Three refreshes were missed; where none are made, a board is old after two minutes.
  const PATIENCE = 35, RESTING = 120;
  const board = document.getElementById("board");
  const stale = document.getElementById("stale");
  const resting = (each) => !each.getAttribute("hx-trigger").includes("every");
  let rests = resting(board);
  let refreshed = Number(board.dataset.now);
  let urgent = Number(board.dataset.urgent);
  let why = "silent";
  const title = document.title;

  // As it came, without what differs each time: secrets of forms, and ages, which tell themselves.
  function essence(panel) {
    const copy = panel.cloneNode(true);
    copy.querySelectorAll("time:is(.ago, .ahead)").forEach((each) => { each.textContent = ""; });
    copy.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((each) => each.removeAttribute("value"));
    return copy.outerHTML;
  }
  const came = new WeakMap();
  for (const panel of board.querySelectorAll(".column > *")) came.set(panel, essence(panel));

  const changed = (field) => field.type === "checkbox" || field.type === "radio"
    ? field.checked !== field.defaultChecked
    : field instanceof HTMLSelectElement
      ? [...field.options].some((each) => each.selected !== each.defaultSelected) && field.selectedIndex > 0
      : field.type !== "hidden" && field.value !== field.defaultValue;
  const field = (element) => element?.matches?.("textarea, select, input:not([type=hidden])");
  function busy(panel) {
    const active = document.activeElement;
    if (panel.contains(active) && field(active)) return true;
    return [...panel.querySelectorAll("textarea, select, input")].some(changed);
  }
  function say(panel, held) {
    const note = panel.querySelector(":scope > .typing");
    if (held && !note) panel.append(document.getElementById("typing").content.cloneNode(true));
    if (!held && note) note.remove();
  }

  // The same control in the panel that takes its place: by id, else by where it leads, else by its name.
  function twin(panel, element) {
    if (element === document.body || !element) return null;
    if (element.id) return panel.querySelector(`#${CSS.escape(element.id)}`);
    const name = ["href", "name", "action"].find((each) => element.hasAttribute(each));
    const same = [...panel.querySelectorAll(element.tagName)];
    return same.find((each) => (name ? each.getAttribute(name) === element.getAttribute(name) : each.textContent === element.textContent));
  }
  function replace(old, panel) {
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    for (const each of old.querySelectorAll("details[id]")) {
      const other = panel.querySelector(`#${CSS.escape(each.id)}`);
      if (other) other.open = each.open;
    }
    came.set(panel, essence(panel));
    old.replaceWith(panel);
    if (active) twin(panel, active)?.focus({ preventScroll: true });
    return panel;
  }

  function renew(column, fresh) {
    const news = [];
    const wanted = new Set([...fresh.children].map((each) => each.id));
    for (const old of [...column.children]) if (!wanted.has(old.id) && !busy(old)) old.remove();
    let after = null;
    for (const panel of [...fresh.children]) {
      const old = document.getElementById(panel.id);
      if (!old) {
        came.set(panel, essence(panel));
        if (after) after.after(panel); else column.prepend(panel);
        news.push(panel);
        after = panel;
      } else {
        const held = busy(old);
        say(old, held);
        after = old;
        if (!held && came.get(old) !== essence(panel)) {
          after = replace(old, panel);
          news.push(after);
        }
      }
    }
    return news;
  }

  htmx.defineExtension("board", {
    isInlineSwap: (style) => style === "board",
    handleSwap(style, target, fragment) {
      if (style !== "board") return false;
      const fresh = fragment.querySelector("#board");
      if (!fresh) return [];
      ages.set(Number(fresh.dataset.now));
      refreshed = Number(fresh.dataset.now);
      urgent = Number(fresh.dataset.urgent);
      rests = resting(fresh);
      const news = [...target.querySelectorAll(":scope > .column")]
        .flatMap((column) => renew(column, fresh.querySelector(`#${column.id}`)));
      ages.tell();
      judge();
      return news;
    },
  });

  function judge() {
    const old = ages.now() - refreshed > (rests ? RESTING : PATIENCE);
    document.body.classList.toggle("stale", old);
    const time = stale.querySelector("time");
    time.dateTime = new Date(refreshed * 1000).toISOString();
    for (const each of stale.querySelectorAll(".why")) each.hidden = !each.classList.contains(rests && why === "silent" ? "rests" : why);
    if (old) ages.tell();
    stale.hidden = !old;
    // Seen from another tab: how much is red, or that nobody knows.
    document.title = (old ? "⚠ " : urgent ? `(${urgent}) ` : "") + title;
  }

  // Degraded mode may have begun since: only who asks for it is then given a newer board.
  board.addEventListener("htmx:beforeRequest", (event) => {
    if (rests && event.detail.requestConfig.triggeringEvent?.type !== "refresh") event.preventDefault();
  });
  board.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr?.status ?? 0;
    why = status === 401 || status === 403 ? "signed-out" : status ? "broken" : "silent";
    // Nothing more is to be expected of a session that ended: it is said at once.
    if (why === "signed-out" && !event.detail.successful) refreshed = Math.min(refreshed, ages.now() - PATIENCE - 1);
    judge();
  });
  const refresh = () => htmx.trigger(board, "refresh");
  board.addEventListener("click", (event) => {
    if (!event.target.closest("a.refresh") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    refresh();
  });
  document.addEventListener("visibilitychange", () => { judge(); if (!document.hidden && !rests) refresh(); });
  addEventListener("online", refresh);
  setInterval(judge, 1000);
})();
