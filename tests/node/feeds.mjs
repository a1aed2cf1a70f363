// What rss-parser and feedsmith read in the feeds given: [path, ...] -> {path: {...}}.
import { readFileSync } from "node:fs";
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import Parser from "rss-parser";

const smiths = { atom: parseAtomFeed, rss: parseRssFeed, json: parseJsonFeed };
const parser = new Parser({ customFields: { item: ["maintenanceEndDate"] } });
const found = {};
for (const path of process.argv.slice(2)) {
  const content = readFileSync(path, "utf8");
  const kind = path.split(".").pop();
  const feed = smiths[kind](kind === "json" ? JSON.parse(content) : content);
  found[path] = { title: feed.title.value ?? feed.title, smith: (feed.entries ?? feed.items ?? []).length };
  if (kind !== "json") {
    const read = await parser.parseString(content);
    found[path].items = read.items.map((item) => ({
      title: item.title, link: item.link, date: item.isoDate ?? item.pubDate, end: item.maintenanceEndDate,
    }));
  }
}
console.log(JSON.stringify(found));
