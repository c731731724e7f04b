// Keeps in a RabbitMQ server what libraries of Node.js keep there, and says what a viewer has to make of it:
//
//	node main.mjs amqp://guest:guest@127.0.0.1:5672/
//
// Its lines are like those of the program in Go in the folder above. It ends with its standard input.
import { createRequire } from "node:module";
import amqplib from "amqplib";

const require = createRequire(import.meta.url);
const celery = require("celery-node");
const { ServiceBroker } = require("moleculer");
const rascal = require("rascal");

const url = process.argv[2];
const claims = [];
const connection = await amqplib.connect(url);
const channel = await connection.createConfirmChannel();

// until waits for what another part of the program brings about.
async function until(what, done) {
  for (const end = Date.now() + 60_000; !(await done()); await new Promise((r) => setTimeout(r, 20))) {
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
  }
}

const ready = async (queue) => (await channel.checkQueue(queue)).messageCount;

// amqplib: a fanout exchange, a queue with a consumer that holds one of two messages, a ladder that leads back.
async function plain() {
  await channel.assertExchange("node.events", "fanout");
  await channel.assertQueue("node.mail", { deadLetterExchange: "", deadLetterRoutingKey: "node.mail.retry" });
  await channel.assertQueue("node.mail.retry", { messageTtl: 3_600_000, deadLetterExchange: "", deadLetterRoutingKey: "node.mail" });
  await channel.bindQueue("node.mail", "node.events", "");
  for (const id of [1, 2]) channel.publish("node.events", "", Buffer.from(JSON.stringify({ id })), { contentType: "application/json" });
  await channel.waitForConfirms();
  await until("two messages", async () => (await ready("node.mail")) === 2);
  await channel.prefetch(1);
  await new Promise((held) => channel.consume("node.mail", held));
  claims.push(
    { kind: "exchange", name: "node.events", type: "fanout", bound: { "node.mail": "" } },
    { kind: "queue", name: "node.mail", type: "classic", ready: 1, unacked: 1, consumers: 1 },
    { kind: "place", name: "node.mail.retry", type: "retry", origins: ["node.mail"] },
  );
}

// rascal: a message that its strategy republishes twice and then gives up.
async function withRascal() {
  const broker = await rascal.BrokerAsPromised.create({
    vhosts: {
      "/": {
        connection: { url },
        exchanges: ["rascal.orders", "rascal.dead"],
        queues: { "rascal.orders": { options: { arguments: { "x-dead-letter-exchange": "rascal.dead" } } }, "rascal.dead.letters": {} },
        bindings: ["rascal.orders[order.#] -> rascal.orders", "rascal.dead[#] -> rascal.dead.letters"],
        publications: { orders: { exchange: "rascal.orders", routingKey: "order.placed" } },
        subscriptions: { orders: { queue: "rascal.orders" } },
      },
    },
  });
  broker.on("error", console.error);
  const subscription = await broker.subscribe("orders");
  subscription.on("message", (_message, _content, ackOrNack) => {
    ackOrNack(Object.assign(new Error("no stock"), { code: "E17" }), [{ strategy: "republish", attempts: 2, immediateNack: false }, { strategy: "nack" }]);
  });
  await broker.publish("orders", { id: 17 });
  await until("a dead letter of rascal", async () => (await ready("rascal.dead.letters")) === 1);
  claims.push(
    { kind: "queue", name: "rascal.dead.letters", type: "classic", ready: 1 },
    { kind: "queue", name: "rascal.orders", type: "classic", consumers: 1 },
    { kind: "place", name: "rascal.dead.letters", type: "dead", origins: ["rascal.orders"] },
    {
      kind: "message", name: "rascal.dead.letters", says: "rascal message, republished 2 times, failed with E17 no stock",
      origin: "rascal.orders", reason: "rejected", error: "no stock",
    },
  );
}

// celery-node: a task that no worker takes.
async function withCelery() {
  const client = celery.createClient(url, url);
  client.createTask("shop.tasks.charge").applyAsync([17], { currency: "EUR" });
  await until("a task", async () => {
    try {
      const look = await connection.createChannel();
      look.on("error", () => {});
      return (await look.checkQueue("celery")).messageCount === 1;
    } catch {
      return false;
    }
  });
  claims.push({ kind: "queue", name: "celery", type: "classic", ready: 1 }, { kind: "message", name: "celery", says: "Celery task shop.tasks.charge" });
}

// Moleculer: a node says that it is there. Its packets are copied from the exchange into a queue that nobody reads.
async function withMoleculer() {
  await channel.assertExchange("MOL.INFO", "fanout", {});
  await channel.assertQueue("moleculer.copy");
  await channel.bindQueue("moleculer.copy", "MOL.INFO", "");
  const broker = new ServiceBroker({ nodeID: "node-1", transporter: url, logger: false });
  await broker.start();
  await until("a packet", async () => (await ready("moleculer.copy")) > 0);
  claims.push(
    { kind: "exchange", name: "MOL.HEARTBEAT", type: "fanout" },
    { kind: "message", name: "moleculer.copy", says: "Moleculer info, from node-1" },
  );
}

for (const play of [plain, withRascal, withCelery, withMoleculer]) {
  try {
    await play();
  } catch (err) {
    console.error(`${play.name}: ${err.stack}`);
    process.exit(1);
  }
}
for (const c of [...claims, { kind: "ready" }]) console.log(JSON.stringify(c));
process.stdin.on("end", () => process.exit(0)).resume();
