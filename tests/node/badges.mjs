// What shields.io's own maker draws for each {label, message, color}: a list of SVG texts.
import { readFileSync } from "node:fs"
import { makeBadge } from "badge-maker"

const badges = JSON.parse(readFileSync(process.argv[2], "utf8"))
console.log(JSON.stringify(badges.map(badge => makeBadge({ ...badge, style: "flat" }))))
