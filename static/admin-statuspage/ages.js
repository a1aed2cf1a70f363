// Keeps lengths of time true on an open page: <time class="ago"> and <time class="ahead">, cut where
// monitors/ages.py cuts them. The clock is the server's, told by <meta name="now"> and by each refresh.
"use strict";
document.documentElement.classList.add("script");
const ages = {
  ahead: 0,
  now() { return Date.now() / 1000 + ages.ahead; },
  set(seconds) { if (seconds) ages.ahead = seconds - Date.now() / 1000; },
  short(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const unit = whole < 120 ? [1, "s"] : whole < 7200 ? [60, "min"] : whole < 172800 ? [3600, "h"]
      : [86400, document.documentElement.lang.startsWith("fr") ? "j" : "d"];
    return `${Math.floor(whole / unit[0])}\u00a0${unit[1]}`;
  },
  tell() {
    for (const each of document.querySelectorAll("time:is(.ago, .ahead)[datetime]")) {
      const at = Date.parse(each.dateTime) / 1000;
      const said = ages.short(each.classList.contains("ago") ? ages.now() - at : at - ages.now());
      if (each.textContent !== said) each.textContent = said;
    }
  },
};
// Served and painted at once: what the network took is not seen as age.
ages.set(Number(document.querySelector('meta[name="now"]')?.content));
ages.tell();
setInterval(ages.tell, 1000);
addEventListener("pageshow", ages.tell);
