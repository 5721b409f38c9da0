// Times npm mjml on the document on standard input: milliseconds of each of N warm runs, as JSON.
import { readFileSync } from "node:fs";
import mjml2html from "mjml";

const source = readFileSync(0, "utf8");
const runs = Number(process.argv[2]);
const times = [];
for (let run = 0; run < runs + 3; run += 1) {
  const begin = process.hrtime.bigint();
  await mjml2html(source, { validationLevel: "skip" });
  const took = Number(process.hrtime.bigint() - begin) / 1e6;
  if (run >= 3) times.push(took);
}
console.log(JSON.stringify(times));
