// Writes payloads of npm's encoders as JSON lines, one {class, want, accept, undecidable, partial, data} each.
//
//   node corpus.mjs [SEED] [COUNT]
import { chance } from './chance.mjs';
import { document } from './documents.mjs';
import { encoders } from './encoders.mjs';
import { wrappers, opaque, token, members } from './layers.mjs';
import { texts } from './texts.mjs';
import { binaries, proto } from './binaries.mjs';

// attempt is what an encoder makes, nothing when it refuses.
function attempt(make) {
  try {
    const d = make();
    return d && d.length > 0 ? Buffer.from(d) : null;
  } catch {
    return null;
  }
}

const tiny = (format, data) => data.length < 8 && format !== 'json';

function* damaged(r, c) {
  const n = c.data.length;
  if (n >= 40) {
    const cut = c.data.subarray(0, 24 + r.int(n - 24));
    yield { ...c, class: 'cut', data: cut };
    yield { ...c, class: 'prefix', partial: true, data: c.data.subarray(0, 24 + r.int(n - 24)) };
  }
  if (c.want === 'json' || n < 12) return;
  yield { ...c, class: 'trailing', data: Buffer.concat([c.data, Buffer.from(r.noise(1 + r.int(Math.min(n / 4, 40))))]) };
  yield { ...c, class: 'concatenated', data: Buffer.concat([c.data, c.data, c.data].slice(r.int(2))) };
}

function* layered(r, c) {
  const [format, name, wrap] = r.pick(...wrappers);
  const data = attempt(() => wrap(c.data));
  if (!data || c.data.length < 16) return;
  const all = { ...c, class: 'layered', template: `${name} of ${c.template}`, want: `${format} → ${c.want}`, accept: c.accept.map((a) => `${format} → ${a}`) };
  yield { ...all, data };
  if (r.int(3) === 0) {
    const outer = r.pick(...wrappers.slice(0, 9));
    const twice = attempt(() => outer[2](data));
    if (twice) yield { ...all, template: `${outer[1]} of ${all.template}`, want: `${outer[0]} → ${all.want}`, accept: all.accept.map((a) => `${outer[0]} → ${a}`), data: twice };
  }
  if (r.int(6) === 0) yield { ...c, class: 'layered', template: 'two members', want: `gzip → ${c.want === 'json' ? 'ndjson' : c.want}`, accept: c.want === 'bson' ? ['gzip → binary'] : [], data: members(c.data, c.data) };
  if (r.int(6) === 0 && ['gzip', 'lz4'].includes(format)) yield { ...all, class: 'cut', accept: [format, `${format} → binary`, `${format} → text`], data: data.subarray(0, data.length - 1 - r.int(4)) };
  if (r.int(4) === 0) {
    const [o, squeeze] = r.pick(...opaque);
    const d = attempt(() => squeeze(c.data));
    if (d) yield { class: 'opaque', template: o, want: 'binary', accept: [`${o} → ${c.want}`], undecidable: true, data: d };
  }
}

function* round(r) {
  const { name, doc } = document(r);
  for (const [format, encoder, encode] of encoders) {
    const data = attempt(() => encode(doc));
    if (!data) continue;
    const c = { template: `${encoder}: ${name}`, class: 'whole', want: format, accept: [], data };
    if (tiny(format, data)) c.undecidable = true;
    yield c;
    if (r.int(4) === 0 && !c.undecidable && ['msgpack', 'cbor', 'json'].includes(format)) yield* damaged(r, c);
    if (r.int(4) === 0 && !c.undecidable) yield* layered(r, c);
  }
  const p = { template: 'protobufjs', class: 'whole', want: 'protobuf', accept: [], data: proto(r) };
  yield { ...p, undecidable: p.data.length < 8 };
  if (p.data.length >= 24) yield* layered(r, p);
  yield { template: 'jwt', class: 'layered', want: 'jwt → json', accept: ['jwt'], data: token(r) };
  yield* texts(r, doc);
  yield* binaries(r);
}

const seed = Number(process.argv[2] ?? 1), count = Number(process.argv[3] ?? 20000);
const r = chance(seed);
let left = count, out = [];
while (left > 0) {
  for (const c of round(r)) {
    if (left-- <= 0) break;
    out.push(JSON.stringify({ ...c, data: Buffer.from(c.data).toString('base64') }));
  }
}
process.stdout.write(`${out.join('\n')}\n`);
