// Asks the npm package `caniemail` which features of a mail some clients lack; JSON on stdout.
// Usage: node caniemail.mjs issue.html CLIENT...
//
// The package (1.0.5) is helped where it falls short: it does not know outlook.outlook-com, stops
// at a client that a feature was not tested with, takes "unknown" for "partly", holds Outlook 2016
// for the Mac for newer than its 16.80, and never matches CSS functions.
import { readFileSync } from "node:fs";
import { caniemail, rawData } from "caniemail";

const { clientNames, getSupportType } = await import(
  new URL("node_modules/caniemail/dist/clients.js", import.meta.url)
);
const [file, ...clients] = process.argv.slice(2);
const html = readFileSync(file, "utf8");

// Versions by number, but Outlook's years of sale before the numbers that came after them.
const byAge = (a, b) => {
  const [left, right] = [a, b].map((version) => version.split(/[.-]/).map(Number));
  if (left[0] > 2000 !== right[0] > 2000) return right[0] - left[0];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at < 0 ? left.length - right.length : left[at] - (right[at] ?? -1);
};

// Each client in its newest version alone; what was not tested is taken to be there.
for (const client of clients) {
  if (!clientNames.includes(client)) clientNames.push(client);
  const [family, platform] = client.split(".");
  for (const feature of rawData.data) {
    const versions = feature.stats[family]?.[platform] ?? {};
    const newest = Object.keys(versions).sort(byAge).at(-1);
    const support = newest && !versions[newest].startsWith("u") ? versions[newest] : "y";
    feature.stats[family] = { ...feature.stats[family], [platform]: { newest: support } };
  }
}

const found = new Map(); // feature -> client -> notes
const add = (title, client, notes) => {
  if (!found.has(title)) found.set(title, new Map());
  found.get(title).set(client, [...(found.get(title).get(client) ?? []), ...notes]);
};

const { issues } = caniemail({ clients, html });
for (const kind of [issues.warnings, issues.errors])
  for (const [client, list] of kind) for (const { title, notes } of list) add(title, client, notes);

const styles = [...html.matchAll(/<style[^>]*>([^]*?)<\/style>|style="([^"]*)"/g)].join("\n");
for (const feature of rawData.data.filter(({ category }) => category === "css")) {
  const variables = feature.title.startsWith("CSS Variables");
  const name = variables ? "var" : /^([a-z-]+)\(\)/.exec(feature.title)?.[1];
  if (!name || !new RegExp(`[^\\w-]${name}\\(`).test(styles)) continue;
  for (const client of clients) {
    const [family, platform] = client.split(".");
    const { type, noteNumbers = [] } = getSupportType(feature.stats[family][platform]);
    if (type !== "full") add(feature.title, client, noteNumbers.map((n) => feature.notes_by_num[n]));
  }
}

const report = [...found].map(([feature, byClient]) => ({
  feature,
  clients: [...byClient.keys()],
  notes: [...new Set([...byClient.values()].flat())],
}));
console.log(JSON.stringify(report));
