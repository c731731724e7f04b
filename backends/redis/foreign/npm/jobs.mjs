import Bee from "bee-queue";
import Bull from "bull";
import { FlowProducer, Queue, QueueEvents, Worker } from "bullmq";
import * as celery from "celery-node";
import resque from "node-resque";
import Sidekiq from "sidekiq";

const hour = 3_600_000;

// forever is the work of a job that is held until the program ends.
const forever = () => new Promise(() => {});

// bullmq brings jobs into each state but "paused". The first of a worker holds a lock.
async function bullmq({ url, redis, claim, until }) {
  const connection = { url };
  const queue = new Queue("mail", { connection });
  await queue.add("done", { to: 1 });
  await queue.add("fails", { to: 2 });
  const held = await queue.add("held", { to: 3 });
  new Worker(
    "mail",
    async (job) => {
      if (job.name === "fails") throw new Error("no such mailbox");
      if (job.name === "held") await forever();
    },
    { connection, concurrency: 1, drainDelay: 1 },
  );
  const count = async (...states) => Object.values(await queue.getJobCounts(...states)).join();
  await until("a job is held", async () => (await count("completed", "failed", "active")) === "1,1,1");
  await queue.addBulk([
    { name: "waits", data: { to: 4 } },
    { name: "waits", data: { to: 5 } },
    { name: "later", data: { to: 6 }, opts: { delay: hour } },
    { name: "first", data: { to: 7 }, opts: { priority: 3 } },
  ]);
  await new FlowProducer({ connection }).add({
    name: "parent",
    queueName: "mail",
    children: [{ name: "child", queueName: "attachments", data: {} }],
  });
  await new QueueEvents("mail", { connection }).waitUntilReady();
  claim({
    kind: "queue",
    name: "bull:mail",
    library: "bullmq",
    states: { wait: 2, active: 1, delayed: 1, prioritized: 1, completed: 1, failed: 1, "waiting-children": 1 },
  });
  claim({ kind: "queue", name: "bull:attachments", library: "bullmq", states: { wait: 1 } });
  claim({ kind: "stream", name: "bull:mail:events", library: "bullmq" });
  claim({ kind: "stream", name: "bull:attachments:events", library: "bullmq" });
  const lock = `bull:mail:${held.id}:lock`;
  claim({ kind: "lock", name: lock, library: "bullmq", holder: await redis.get(lock) });
}

// ownPrefix is BullMQ with a prefix of the user's.
async function bullmqPrefix({ url, claim }) {
  await new Queue("reports", { connection: { url }, prefix: "{shop}" }).add("yearly", { year: 2026 });
  claim({ kind: "queue", name: "{shop}:reports", library: "bullmq", states: { wait: 1 } });
  claim({ kind: "stream", name: "{shop}:reports:events", library: "bullmq" });
}

async function bull({ url, redis, claim, until }) {
  const queue = new Bull("video", url);
  await queue.add({ name: "done" });
  await queue.add({ name: "fails" });
  const held = await queue.add({ name: "held" });
  queue.process(1, async (job) => {
    if (job.data.name === "fails") throw new Error("no such codec");
    if (job.data.name === "held") await forever();
  });
  await until("a job is held", async () => {
    const n = await queue.getJobCounts();
    return n.completed === 1 && n.failed === 1 && n.active === 1;
  });
  await queue.add({ name: "waits" });
  await queue.add({ name: "waits" });
  await queue.add({ name: "later" }, { delay: hour });
  claim({
    kind: "queue",
    name: "bull:video",
    library: "bull",
    states: { waiting: 2, active: 1, delayed: 1, completed: 1, failed: 1 },
  });
  const lock = `bull:video:${held.id}:lock`;
  claim({ kind: "lock", name: lock, library: "bull", holder: await redis.get(lock) });
  claim({ kind: "channel", name: "bull:video:delayed" });
}

async function bee({ url, claim, until }) {
  const queue = new Bee("add", { redis: { url }, activateDelayedJobs: true });
  await queue.ready();
  for (const name of ["done", "fails", "held"]) await queue.createJob({ name }).save();
  queue.process(1, async (job) => {
    if (job.data.name === "fails") throw new Error("overflow");
    if (job.data.name === "held") await forever();
  });
  await until("a job is held", async () => {
    const n = await queue.checkHealth();
    return n.succeeded === 1 && n.failed === 1 && n.active === 1;
  });
  for (const name of ["waits", "waits"]) await queue.createJob({ name }).save();
  await queue.createJob({ name: "later" }).delayUntil(Date.now() + hour).save();
  claim({
    kind: "queue",
    name: "bq:add",
    library: "bee-queue",
    states: { waiting: 2, active: 1, delayed: 1, succeeded: 1, failed: 1 },
  });
  for (const event of ["events", "earlierDelayed"]) claim({ kind: "channel", name: `bq:add:${event}` });
}

async function nodeResque({ host, port, claim, until }) {
  const connection = { pkg: "ioredis", host, port, database: 0 };
  const jobs = {
    fails: {
      perform: async () => {
        throw new Error("division by zero");
      },
    },
  };
  const queue = new resque.Queue({ connection }, jobs);
  queue.on("error", console.error);
  await queue.connect();
  await queue.enqueue("broken", "fails", [1]);
  const worker = new resque.Worker({ connection, queues: ["broken"], timeout: 50 }, jobs);
  await worker.connect();
  worker.start();
  await until("a job has failed", async () => (await queue.failedCount()) === 1);
  await queue.enqueue("math", "add", [1, 2]);
  await queue.enqueue("math", "add", [3, 4]);
  await queue.enqueueIn(hour, "math", "add", [5, 6]);
  claim({ kind: "queue", name: "resque:queue:math", library: "resque", states: { pending: 2 } });
  claim({ kind: "queue", name: "resque:queue:broken", library: "resque" }); // empty, and known to the library
  claim({ kind: "queue", name: "resque:failed", library: "resque", states: { failed: 1 } });
}

async function sidekiq({ redis, claim }) {
  const send = (namespace, name, payload) =>
    new Promise((done, failed) =>
      new Sidekiq(redis, namespace).enqueue(name, [17], payload, (err) => (err ? failed(err) : done())),
    );
  await send(undefined, "HardJob", { queue: "default", retry: true });
  await send(undefined, "HardJob", { queue: "default", retry: true });
  await send(undefined, "LaterJob", { at: new Date(Date.now() + hour) });
  await send("shop", "HardJob", { queue: "low" });
  claim({ kind: "queue", name: "queue:default", library: "sidekiq", states: { enqueued: 2 } });
  claim({ kind: "queue", name: "sidekiq:all", library: "sidekiq", states: { schedule: 1 } });
  claim({ kind: "queue", name: "shop:queue:low", library: "sidekiq", states: { enqueued: 1 } });
}

// kombu is how Celery keeps a queue.
async function kombu({ url, redis, claim, until }) {
  const client = celery.createClient(url, url);
  for (let i = 0; i < 3; i++) client.createTask("tasks.add").applyAsync([i, 2]);
  await until("the tasks are sent", async () => (await redis.llen("celery")) === 3);
  claim({ kind: "queue", name: "celery", library: "celery", states: { messages: 3 } });
}

export const queues = [bullmq, bullmqPrefix, bull, bee, nodeResque, sidekiq, kombu];
