import Bee from "bee-queue";
import Bull from "bull";
import { Queue, Worker } from "bullmq";

const hour = 3_600_000;

const fail = async () => {
  throw new Error("no route to host");
};

const failed = (of) => new Promise((resolve) => of.on("failed", resolve));

// Each leaves one queue behind, with two jobs that wait, one that comes later and one that has failed.

async function bullmq({ url }) {
  const connection = { url };
  const queue = new Queue("mail", { connection });
  await queue.add("fail", { to: 0 }, { attempts: 1 });
  const worker = new Worker("mail", fail, { connection });
  await failed(worker);
  await worker.close();
  await queue.add("send", { to: 1 }, { attempts: 3 });
  await queue.add("send", { to: 2 });
  await queue.add("later", { to: 3 }, { delay: hour });
  await queue.close();
}

async function bull({ url }) {
  const queue = new Bull("mail", url);
  await queue.add({ to: 0 }, { attempts: 1 });
  queue.process(fail);
  await failed(queue);
  await queue.close();
  const again = new Bull("mail", url);
  await again.add({ to: 1 }, { attempts: 3 });
  await again.add({ to: 2 });
  await again.add({ to: 3 }, { delay: hour });
  await again.close();
}

async function bee({ url }) {
  const settings = { redis: { url }, activateDelayedJobs: true };
  const queue = new Bee("mail", settings);
  await queue.createJob({ to: 0 }).save();
  queue.process(fail);
  await failed(queue);
  await queue.close();
  const again = new Bee("mail", { ...settings, isWorker: false });
  await again.createJob({ to: 1 }).retries(2).save();
  await again.createJob({ to: 2 }).save();
  await again.createJob({ to: 3 }).delayUntil(Date.now() + hour).save();
  await again.close();
}

export const alone = { bullmq, bull, "bee-queue": bee };
