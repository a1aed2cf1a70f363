// The form to post: what is typed is kept here at once and on the server soon after, and comes back.
// Without this script there is a button for each of it; nothing is ever posted by itself.
"use strict";
(() => {
  const form = document.querySelector("form.composer");
  const PREFIX = "draft:";
  const WEEK = 7 * 86_400_000;
  const ELSEWHERE = 600_000;
  const store = {
    get(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
    set(name, value) { try { localStorage.setItem(name, JSON.stringify(value)); return true; } catch { return false; } },
    drop(name) { try { localStorage.removeItem(name); } catch { /* nothing was kept then */ } },
    names() { try { return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)); } catch { return []; } },
  };
  // What was posted is on this page by its id; what nobody came back to is forgotten.
  for (const name of store.names()) {
    const old = store.get(name);
    if (!old || Date.now() - old.at > WEEK || document.getElementById(`update-${old.id}`)) store.drop(name);
  }
  if (!form) return;

  const words = JSON.parse(document.getElementById("compose-words").textContent);
  const status = form.querySelector(".kept");
  const id = form.elements.namedItem("update_id");
  const place = `${PREFIX}${form.dataset.person}:${location.pathname}:`;
  const SKIP = new Set(["csrfmiddlewaretoken"]);
  let saving = null, again = false, dirty = false, posting = false;

  const typed = () => [...new FormData(form)].filter(([name, value]) => !SKIP.has(name) && typeof value === "string");
  const say = (text) => { status.textContent = text; };
  const clock = () => new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format();
  function keep() {
    const kept = { id: id.value, at: Date.now(), fields: typed(), reached: false };
    store.set(place + id.value, kept);
    return kept;
  }

  async function save() {
    if (saving) { again = true; return; }
    saving = true;
    const sent = keep();
    try {
      const answer = await fetch(form.dataset.keep, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
        credentials: "same-origin", redirect: "error", keepalive: true,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      // Unless something was typed since.
      if (store.get(place + sent.id)?.at === sent.at) store.set(place + sent.id, { ...sent, reached: true });
      dirty = false;
      say(words.saved.replace("%s", clock()));
      form.dispatchEvent(new Event("kept"));
    } catch {
      if (!posting) say(words.here.replace("%s", clock()));
    } finally {
      saving = null;
      if (again) { again = false; save(); }
    }
  }
  // A reload asks for this very draft, also where it is only kept here.
  function remember() {
    const address = new URL(location.href);
    address.searchParams.set("draft", id.value);
    history.replaceState(null, "", address);
  }

  let soon = 0;
  function changed() {
    dirty = true;
    keep();
    remember();
    clearTimeout(soon);
    soon = setTimeout(save, 1200);
  }

  function put(fields) {
    const values = new Map();
    for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
    for (const element of form.elements) {
      if (!element.name || SKIP.has(element.name) || element.type === "submit") continue;
      const said = values.get(element.name);
      if (element.type === "checkbox") element.checked = Boolean(said);
      else if (element.type === "radio") element.checked = said ? said.includes(element.value) : element.checked;
      else if (said && element.name !== "seen") element.value = said[0];
      if (element.type !== "hidden" && said?.[0]) element.closest("details")?.setAttribute("open", "");
    }
  }
  // What never reached the server comes back from here; the answer to what was sent is newer than all of it.
  function restore() {
    if (form.dataset.answers) {
      if (store.get(place + id.value)) keep();
      return;
    }
    const wanted = new URLSearchParams(location.search).get("draft");
    const found = store.names().filter((name) => name.startsWith(place)).map(store.get)
      .filter((each) => each && (wanted ? each.id === wanted : form.dataset.goesOn)).sort((a, b) => b.at - a.at)[0];
    // Clocks differ a little; much later it was saved from elsewhere.
    const saved = Date.parse(form.dataset.saved ?? "") || 0;
    if (!found || found.reached || saved > found.at + ELSEWHERE) return;
    put(found.fields);
    id.value = found.id;
    say(words.back);
    changed();
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    if (dirty || event.submitter?.name !== "use") keep();
    if (navigator.onLine === false) {
      event.preventDefault();
      say(words.offline);
      return;
    }
    posting = true;
    clearTimeout(soon);
  });
  addEventListener("online", () => { if (dirty) save(); });
  addEventListener("offline", () => say(words.offline));
  addEventListener("pagehide", () => { if (dirty && !posting) save(); });
  // Back from a page that did not come: it can be sent again.
  addEventListener("pageshow", () => { posting = false; });

  // The preview follows once it was asked for.
  const preview = document.getElementById("preview");
  let seen = false;
  preview?.addEventListener("htmx:afterSwap", () => {
    if (!seen) preview.scrollIntoView({ block: "start" });
    seen = true;
  });
  form.addEventListener("kept", () => {
    if (preview?.childElementCount) window.htmx?.trigger(preview, "again");
  });
  restore();
})();
