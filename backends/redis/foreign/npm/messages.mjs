import { createAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreams } from "@socket.io/redis-streams-adapter";
import Rsmq from "rsmq";
import { Server } from "socket.io";

async function socketChannels({ node, until }) {
  const sub = node.duplicate();
  await sub.connect();
  new Server({ adapter: createAdapter(node, sub) }).of("/");
  await until("the adapter listens", async () => (await node.pubSubChannels("socket.io*")).length === 3);
}

// socketStream has channels, too, for what need not be kept. Parts of their names are random.
async function socketStream({ redis, node, claim, until }) {
  const io = new Server({ adapter: createStreams(redis.duplicate()) });
  io.of("/").emit("price", { sku: 17 });
  io.of("/").emit("picture", Buffer.from([1, 2, 3]));
  await until("the stream is there", async () => (await redis.exists("socket.io")) === 1);
  await until("the adapter listens", async () => (await node.pubSubChannels("socket.io*")).length === 5);
  for (const name of await node.pubSubChannels("socket.io*")) claim({ kind: "channel", name });
  claim({ kind: "stream", name: "socket.io", library: "socket.io" });
}

// messageQueue keeps its messages in a sorted set by time, which is no leaderboard.
async function messageQueue({ host, port, claim }) {
  const queue = new Rsmq({ host, port, ns: "rsmq", realtime: false });
  await queue.createQueueAsync({ qname: "sms" });
  for (const message of ["one", "two"]) await queue.sendMessageAsync({ qname: "sms", message });
  claim({ kind: "key", name: "rsmq:sms" });
}

export const messages = [socketChannels, socketStream, messageQueue];
