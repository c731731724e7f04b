import { Mutex } from "redis-semaphore";
import Redlock from "redlock";

// redlock takes two resources at once, as one lock, by the name that its documentation uses: it does
// not say lock, and a token of 32 hexadecimal digits alone is proof of no library.
async function redlock({ redis, claim }) {
  const locks = new Redlock([redis]);
  const named = await locks.acquire(["locks:account:322", "locks:account:323"], 300_000);
  for (const name of named.resources) claim({ kind: "lock", name, library: "node-redlock", holder: named.value });
  const plain = await locks.acquire(["account:324"], 300_000);
  claim({ kind: "lock", name: "account:324", holder: plain.value });
}

// redisSemaphore's mutex is a UUID that it renews.
async function redisSemaphore({ redis, claim }) {
  const mutex = new Mutex(redis, "printing");
  await mutex.acquire();
  claim({ kind: "lock", name: "mutex:printing", holder: mutex.identifier });
}

export const locks = [redlock, redisSemaphore];
