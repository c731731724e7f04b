import { RedisStore } from "connect-redis";
import session from "express-session";
import { RedisStore as LimitStore } from "rate-limit-redis";
import { rateLimit } from "express-rate-limit";
import { RateLimiterRedis } from "rate-limiter-flexible";

// response is as much of one as the middlewares need.
const response = () => ({ setHeader() {}, getHeader() {}, on() {}, headersSent: false, writableEnded: false });

async function sessions({ node, claim }) {
  const store = new RedisStore({ client: node });
  const saved = { cookie: new session.Cookie({ maxAge: 86_400_000 }), user: { id: 17 } };
  await new Promise((done, failed) => store.set("Xb3kq0ZrT1", saved, (err) => (err ? failed(err) : done())));
  claim({ kind: "key", name: "sess:Xb3kq0ZrT1", library: "connect-redis", use: "session" });
}

async function limits({ node, claim }) {
  const limit = rateLimit({
    windowMs: 900_000,
    limit: 100,
    validate: false,
    keyGenerator: () => "10.0.0.1",
    store: new LimitStore({ sendCommand: (...args) => node.sendCommand(args) }),
  });
  for (let i = 0; i < 3; i++) {
    await new Promise((done, failed) =>
      limit({ app: { get() {} }, headers: {}, ip: "10.0.0.1" }, response(), (err) => (err ? failed(err) : done())),
    );
  }
  claim({ kind: "key", name: "rl:10.0.0.1", library: "rate-limit-redis", use: "limiter" });
}

// flexible counts in a plain key, which nothing tells from others.
async function flexible({ redis, claim }) {
  await new RateLimiterRedis({ storeClient: redis, points: 5, duration: 900 }).consume("10.0.0.2");
  claim({ kind: "key", name: "rlflx:10.0.0.2" });
}

export const web = [sessions, limits, flexible];
