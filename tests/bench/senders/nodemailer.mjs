// nodemailer's pool: `node nodemailer.mjs MAIL.json`; orders and answers as in __init__.py.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import nodemailer from "nodemailer";

const mail = JSON.parse(readFileSync(process.argv[2], "utf8"));

function message(number) {
  const values = {
    address: `reader${number}@example.org`,
    unsubscribe: mail.unsubscribe + number,
    preferences: mail.preferences + number,
  };
  const filled = (text) => text.replace(/{{(\w+)}}/g, (_, name) => values[name]);
  return {
    from: mail.sender,
    to: { name: `Reader ${number}`, address: values.address },
    subject: mail.subject,
    text: filled(mail.text),
    html: filled(mail.html),
    headers: {
      "List-Unsubscribe": `<${values.unsubscribe}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
  };
}

async function send({ port, connections, messages }) {
  const pool = nodemailer.createTransport({
    host: "127.0.0.1",
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
    ignoreTLS: true,
  });
  let next = 0;
  let bytes = 0;
  // Two messages a connection are under way, so that the pool never waits for us.
  const feed = async () => {
    while (next < messages) bytes = (await pool.sendMail(message(next++))).messageSize;
  };
  const begin = process.hrtime.bigint();
  await Promise.all(Array.from({ length: 2 * connections }, feed));
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  pool.close();
  return { messages, seconds, bytes };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await send(JSON.parse(line))));
}
