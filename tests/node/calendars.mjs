// What ical.js reads in the calendars given: [path, ...] -> {path: {events: [...]}}.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const found = {};
for (const path of process.argv.slice(2)) {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
  found[path] = {
    version: calendar.getFirstPropertyValue("version"),
    prodid: calendar.getFirstPropertyValue("prodid"),
    method: calendar.getFirstPropertyValue("method"),
    name: calendar.getFirstPropertyValue("name"),
    parts: calendar.getAllSubcomponents().map((part) => part.name),
    events: calendar.getAllSubcomponents("vevent").map((part) => {
      const event = new ICAL.Event(part);
      return {
        uid: event.uid, summary: event.summary, description: event.description, sequence: event.sequence,
        start: event.startDate.toString(), end: event.endDate.toString(),
        stamp: String(part.getFirstPropertyValue("dtstamp")), status: part.getFirstPropertyValue("status"),
        nested: part.getAllSubcomponents().length,
      };
    }),
  };
}
console.log(JSON.stringify(found));
