// Keeps in a Redis server what libraries of Node.js keep there, and says what a viewer has to make of it:
//
//	node main.mjs all redis://127.0.0.1:6379
//	node main.mjs bullmq redis://127.0.0.1:6379
//
// The subcommands are like those of the program in Go in the folder above, and so are the lines of the first. It
// ends with its standard input. The second, and bull and bee-queue, leave one queue behind.
import { Redis } from "ioredis";
import { createClient } from "redis";
import { alone } from "./alone.mjs";
import { queues } from "./jobs.mjs";
import { locks } from "./locks.mjs";
import { messages } from "./messages.mjs";
import { web } from "./web.mjs";

const [command, url] = process.argv.slice(2);
const { hostname: host, port } = new URL(url);

if (alone[command]) {
  await alone[command]({ url });
  process.exit(0);
}
if (command !== "all") throw new Error(`usage: main.mjs all|${Object.keys(alone).join("|")} redis://HOST:PORT`);

const claims = [];

const stage = {
  url,
  host,
  port: Number(port),
  redis: new Redis(url, { maxRetriesPerRequest: null }),
  node: await createClient({ url }).connect(),
  claim: (c) => claims.push(c),
  // until waits for what another part of the program brings about.
  async until(what, done) {
    for (const end = Date.now() + 60_000; !(await done()); await new Promise((r) => setTimeout(r, 20))) {
      if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
    }
  },
};

for (const play of [...queues, ...locks, ...messages, ...web]) {
  try {
    await play(stage);
  } catch (err) {
    console.error(`${play.name}: ${err.stack}`);
    process.exit(1);
  }
}
for (const c of [...claims, { kind: "ready" }]) console.log(JSON.stringify(c));
process.stdin.on("end", () => process.exit(0)).resume();
