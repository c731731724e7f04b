// Documents: what services send each other, in many shapes.
const shapes = {
  chat: (r) => ({ room: r.word(), from: r.person(), body: r.sentence(2 + r.int(40)), sent: r.when().getTime(), read: r.yes(), reply: r.yes() ? null : r.uuid() }),
  geojson: (r) => ({
    type: 'FeatureCollection',
    features: r.list(1 + r.int(4), () => ({ type: 'Feature', id: r.int(9999), geometry: { type: 'Polygon', coordinates: [r.list(4 + r.int(5), () => [r.float() * 360 - 180, r.float() * 180 - 90])] }, properties: { name: r.word() } })),
  }),
  cloudevent: (r) => ({ specversion: '1.0', type: `org.water.${r.word()}.${r.word()}`, source: `/plants/${r.int(40)}`, id: r.uuid(), time: r.when().toISOString(), data: shapes.tiny(r) }),
  job: (r) => ({ queue: r.word(), jobId: String(r.int(1e6)), attempts: r.int(5), delay: r.int(60000), opts: { removeOnComplete: r.yes(), backoff: { type: 'exponential', delay: 1000 } }, data: { to: `${r.word()}@example.org`, ids: r.list(r.int(6), () => r.int(1e5)) } }),
  metric: (r) => [`${r.word()}.${r.word()}.p99`, r.float() * 500, Math.floor(r.when().getTime() / 1000), { host: `n${r.int(30)}`, dc: r.pick('ams', 'fra') }],
  metrics: (r) => r.list(2 + r.int(20), () => ({ k: r.word(), v: r.int(1e6), t: Math.floor(r.when().getTime() / 1000) })),
  quote: (r) => ({ s: r.pick('EURUSD', 'BTC-USD', 'ASML'), b: r.int(1e7) / 1e4, a: r.int(1e7) / 1e4, seq: r.int(2 ** 31) }),
  candles: (r) => r.list(3 + r.int(12), () => [r.when().getTime(), r.float() * 100, r.float() * 100, r.int(1e5)]),
  matrix: (r) => { const w = 1 + r.int(7); return r.list(1 + r.int(6), () => r.list(w, () => r.normal())); },
  grid: (r) => { const w = 1 + r.int(9); return r.list(1 + r.int(6), () => r.list(w, () => r.int(r.pick(10, 200, 5000)) - r.pick(0, 50))); },
  unicode: (r) => ({ '名称': r.tongue(), 'стоимость': r.int(5000), 'größe': r.float() * 10, 'العدد': r.int(9), '🔑': r.word() }),
  intkeys: (r) => new Map(r.list(1 + r.int(8), (i) => [i * r.pick(1, 1, 3) + r.int(2) * 0, r.pick(r.word(), r.int(1000), r.yes(), null)])),
  deep: (r) => { let v = r.pick(r.word(), r.int(100), [], {}); for (let i = 3 + r.int(25); i > 0; i--) v = r.yes() ? { [r.word()]: v } : [r.int(5), v]; return { root: v }; },
  arraysDeep: (r) => { let v = []; for (let i = 2 + r.int(12); i > 0; i--) v = [v]; return v; },
  records: (r) => r.list(2 + r.int(10), (i) => ({ id: i, name: r.person(), active: r.yes(), score: r.float() })),
  blob: (r) => ({ name: `${r.word()}.bin`, size: r.int(1e6), content: r.noise(r.pick(8, 32, 100, 400)) }),
  protoInside: (r) => ({ topic: r.word(), key: r.uuid(), value: Uint8Array.from([8, r.int(128), 18, 5, 104, 101, 108, 108, 111, 26, 3, 1, 2, 3]) }),
  empties: (r) => r.pick({}, [], { a: {} }, [[], {}], { list: [], map: {}, s: '', n: null }, [null, null], [[]], { '': '' }),
  long: (r) => ({ title: r.sentence(5), text: r.list(4 + r.int(20), () => r.sentence(20)).join('\n') }),
  uuids: (r) => r.list(1 + r.int(9), () => r.uuid()),
  session: (r) => ({ sid: r.noise(16), user: r.int(2 ** 32), exp: Math.floor(r.when().getTime() / 1000), flags: [r.yes(), r.yes(), null] }),
  embedding: (r) => ({ model: 'e5-small', vector: r.list(16 + r.int(48), () => Math.fround(r.normal())) }),
  tiny: (r) => r.pick({ a: 1 }, { ok: true }, [1, 2, 3], { id: r.int(1000) }, [r.word(), r.int(300)], { t: r.word() }, { n: -r.int(500) }, [r.yes()], { v: r.float() }, [r.int(100), r.int(100)], { [r.word()]: r.word() }),
  dates: (r) => ({ created: r.when(), updated: r.when(), who: r.word() }),
  big: (r) => ({ balance: BigInt(r.int(2 ** 31)) * 4294967296n + BigInt(r.int(1000)), account: r.hex(10) }),
  config: (r) => ({ version: r.int(4), services: Object.fromEntries(r.list(1 + r.int(5), (i) => [`${r.word()}-${i}`, { port: 1024 + r.int(60000), tls: r.yes(), tags: r.list(r.int(4), () => r.word()), weight: r.float() }])) }),
  error: (r) => ({ level: 'error', err: { type: 'TypeError', message: `Cannot read properties of undefined (reading '${r.word()}')`, stack: `TypeError: x\n    at ${r.word()} (/srv/app/${r.word()}.js:${r.int(500)}:${r.int(80)})` }, pid: r.int(30000) }),
  rpc: (r) => [r.int(3), r.int(2 ** 20), r.word(), r.list(r.int(4), () => r.pick(r.word(), r.int(99), null, true))],
  counters: (r) => Object.fromEntries(r.list(2 + r.int(12), (i) => [`c${i}`, r.int(r.pick(100, 70000, 2 ** 31))])),
  numbersOnly: (r) => r.list(4 + r.int(60), () => r.int(r.pick(50, 256, 65536, 2 ** 31)) - r.pick(0, 0, 40)),
  booleans: (r) => r.list(3 + r.int(30), () => r.pick(true, false, null)),
  mixed: (r) => ['v1', r.when().getTime(), { k: [1, -1, 1.5, 'π', null, r.yes()], z: r.noise(4) }],
  order: (r) => ({ id: r.hex(12), lines: r.list(1 + r.int(5), () => ({ sku: `${r.pick('A', 'B')}${r.int(9999)}`, qty: 1 + r.int(12), price: r.int(100000) / 100 })), total: r.int(1e6) / 100, currency: r.pick('EUR', 'USD'), ship: r.yes() ? { name: r.person(), city: r.pick('Oslo', '東京', 'Łódź') } : null }),
};

// document makes one message of a chosen or random shape.
export function document(r, name = r.pick(...Object.keys(shapes))) {
  return { name, doc: shapes[name](r) };
}

export const shapeNames = Object.keys(shapes);
