// Binary payloads: formats that are named, wire formats without a name, and bytes without a format.
import crypto from 'node:crypto';
import v8 from 'node:v8';
import protobuf from 'protobufjs';
import avsc from 'avsc';
import * as flatbuffers from 'flatbuffers';

const root = protobuf.parse(`syntax = "proto3";
  message Inner { string name = 1; sint32 delta = 2; repeated double at = 3; }
  message Event { string id = 1; uint64 seq = 2; Inner inner = 3; repeated Inner list = 4; map<string, int32> tags = 5;
    repeated sint64 zig = 6; bytes blob = 7; double value = 8; fixed32 hash = 9; bool ok = 10; enum Kind { A = 0; B = 1; } Kind kind = 11; float f = 12; string note = 100; }
  message Metric { string name = 1; int64 at = 2; double value = 3; map<string, string> labels = 4; }
  message Batch { repeated Metric metrics = 1; }`).root;

const inner = (r) => ({ name: r.word(), delta: r.int(100) - 50, at: r.list(r.int(4), () => r.normal()) });
const messages = {
  Event: (r) => ({ id: r.uuid(), seq: r.int(2 ** 31), inner: inner(r), list: r.list(r.int(4), () => inner(r)), tags: { [r.word()]: r.int(99) }, zig: r.list(r.int(9), () => r.int(2000) - 1000), blob: r.noise(r.int(24)), value: r.normal(), hash: r.int(2 ** 31), ok: r.yes(), kind: r.int(2), f: r.float(), note: r.sentence(1 + r.int(9)) }),
  Inner: (r) => inner(r),
  Metric: (r) => ({ name: r.word(), at: r.when().getTime(), value: r.float() * 99, labels: { host: r.word(), dc: 'ams' } }),
  Batch: (r) => ({ metrics: r.list(1 + r.int(6), () => messages.Metric(r)) }),
};

export function proto(r) {
  const name = r.pick(...Object.keys(messages));
  return Buffer.from(root.lookupType(name).encode(messages[name](r)).finish());
}

const avro = avsc.Type.forSchema({ type: 'record', name: 'R', fields: [{ name: 'id', type: 'string' }, { name: 'n', type: 'long' }, { name: 'v', type: 'double' }, { name: 'tags', type: { type: 'array', items: 'string' } }, { name: 'opt', type: ['null', 'string'] }] });

function flat(r) {
  const b = new flatbuffers.Builder(64);
  const s = b.createString(r.sentence(3)), n = b.createString(r.word());
  b.startObject(4);
  b.addFieldOffset(0, s, 0);
  b.addFieldInt32(1, r.int(1e6), 0);
  b.addFieldOffset(2, n, 0);
  b.addFieldFloat64(3, r.normal(), 0);
  b.finish(b.endObject());
  return Buffer.from(b.asUint8Array());
}

// thrift writes a struct in the binary protocol (thrift-binary-protocol.md) or the compact one.
function thrift(r, compact) {
  const w = Buffer.from(r.word()), s = Buffer.from(r.sentence(4)), n = r.int(1e6);
  if (compact) return Buffer.concat([Buffer.of(0x18, w.length), w, Buffer.of(0x16, (n & 0x3f) << 1 | 0x80, n >> 6 & 0x7f, 0x18, s.length), s, Buffer.of(0x11, 0x00)]);
  const i32 = (v) => { const b = Buffer.alloc(4); b.writeInt32BE(v); return b; };
  return Buffer.concat([Buffer.of(0x0b, 0, 1), i32(w.length), w, Buffer.of(0x08, 0, 2), i32(n), Buffer.of(0x0b, 0, 3), i32(s.length), s, Buffer.of(0x02, 0, 4, 1, 0)]);
}

// capn is a Cap'n Proto message of one segment: a struct of one word and a pointer to a text.
function capn(r) {
  const t = Buffer.from(`${r.sentence(3)}\0`), words = Math.ceil(t.length / 8), b = Buffer.alloc(8 + 8 * (3 + words));
  b.writeUInt32LE(3 + words, 4);
  b.writeUInt32LE(0, 8); b.writeUInt16LE(1, 12); b.writeUInt16LE(1, 14);
  b.writeUInt32LE(r.int(1e6), 16);
  b.writeUInt32LE(1, 24); b.writeUInt32LE(t.length << 3 | 2, 28);
  t.copy(b, 32);
  return b;
}

// kryo writes class names with their last letter marked, and variable integers.
function kryo(r) {
  const mark = (s) => { const b = Buffer.from(s); b[b.length - 1] |= 0x80; return b; };
  return Buffer.concat([Buffer.of(1, 0), mark(`org.water.${r.word()}`), Buffer.of(1, r.int(127) << 1 & 0xff), mark(r.word()), Buffer.of(1, 3, 0x82, r.int(256), 0x80 | r.int(127), 1)]);
}

const floats = (r, n) => Buffer.from(Float32Array.from({ length: n }, () => r.normal() / 4).buffer);
const doubles = (r, n) => Buffer.from(Float64Array.from({ length: n }, () => r.normal()).buffer);
const counters = (r, n) => Buffer.from(Uint32Array.from({ length: n }, () => r.int(r.pick(100, 1e5, 2 ** 31))).buffer);
const longs = (r, n) => { const b = Buffer.alloc(8 * n); for (let i = 0; i < n; i++) b.writeBigInt64BE(BigInt(r.when().getTime()), 8 * i); return b; };

const named = {
  java: [['java'], (r) => Buffer.concat([Buffer.of(0xac, 0xed, 0, 5, 0x74, 0, 5), Buffer.from('water')])],
  'java object': [['java'], (r) => Buffer.concat([Buffer.of(0xac, 0xed, 0, 5, 0x73, 0x72, 0, 17), Buffer.from('java.lang.Integer'), r.noise(8), Buffer.of(2, 0, 1, 0x49, 0, 5), Buffer.from('value'), Buffer.of(0x78, 0x70, 0, 0, 0, r.int(99))])],
  'ruby marshal': [['ruby-marshal'], (r) => { const w = Buffer.from(r.word()); return Buffer.concat([Buffer.of(4, 8, 0x7b, 6, 0x3a, w.length + 5), w, Buffer.of(0x69, 5 + r.int(100))]); }],
  'pickle 2': [['pickle'], (r) => Buffer.concat([Buffer.of(0x80, 2, 0x7d, 0x71, 0, 0x58, 2, 0, 0, 0), Buffer.from('id'), Buffer.of(0x71, 1, 0x4b, r.int(256), 0x73, 0x2e)])],
  'pickle 4': [['pickle'], (r) => Buffer.concat([Buffer.of(0x80, 4, 0x95, 11, 0, 0, 0, 0, 0, 0, 0, 0x7d, 0x94, 0x8c, 2), Buffer.from('id'), Buffer.of(0x94, 0x4b, r.int(256), 0x73, 0x2e)])],
  png: [['png'], (r) => Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), r.noise(40)])],
  jpeg: [['jpeg'], (r) => Buffer.concat([Buffer.from('ffd8ffe000104a464946000101', 'hex'), r.noise(60)])],
  zip: [['zip'], (r) => Buffer.concat([Buffer.from('504b030414000000080000', 'hex'), r.noise(40)])],
  pdf: [['pdf'], (r) => Buffer.concat([Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'), r.noise(60)])],
};

const nameless = {
  random: (r) => r.noise(16 + r.int(500)), 'random short': (r) => r.noise(8 + r.int(24)),
  encrypted: (r) => { const c = crypto.createCipheriv('aes-128-cbc', r.noise(16), r.noise(16)); return Buffer.concat([c.update(r.sentence(20)), c.final()]); },
  sha256: (r) => crypto.createHash('sha256').update(r.word() + r.int(1e6)).digest(), md5: (r) => crypto.createHash('md5').update(r.word() + r.int(1e6)).digest(), sha1: (r) => crypto.createHash('sha1').update(`${r.int(1e9)}`).digest(),
  embedding: (r) => floats(r, 8 + r.int(120)), doubles: (r) => doubles(r, 3 + r.int(30)), counters: (r) => counters(r, 4 + r.int(40)), longs: (r) => longs(r, 2 + r.int(12)),
  'int16 samples': (r) => Buffer.from(Int16Array.from({ length: 20 + r.int(100) }, (_, i) => 3000 * Math.sin(i / 5) + r.int(50)).buffer),
  bitmap: (r) => { const b = Buffer.alloc(32 + r.int(200)); for (let i = r.int(9); i >= 0; i--) b[r.int(b.length)] |= 1 << r.int(8); return b; },
  'raw avro': (r) => avro.toBuffer({ id: r.uuid(), n: r.int(1e6), v: r.normal(), tags: r.list(r.int(4), () => r.word()), opt: r.yes() ? null : r.word() }),
  flatbuffers: flat, 'thrift binary': (r) => thrift(r, false), 'thrift compact': (r) => thrift(r, true), capnproto: capn, kryo,
  v8: (r) => v8.serialize({ [r.word()]: r.int(999), s: r.sentence(3), list: [1, 2.5, null] }),
  'prefixed text': (r) => { const s = Buffer.from(r.sentence(6)), b = Buffer.alloc(4); b.writeUInt32BE(s.length); return Buffer.concat([b, s, r.noise(6)]); },
  'zero padded name': (r) => { const b = Buffer.alloc(64); b.write(r.word()); b.writeUInt32LE(r.int(1e6), 40); return b; },
  'resp': (r) => Buffer.concat([Buffer.of(1, 2, 0, r.int(9)), r.noise(12), Buffer.from(r.sentence(3)), r.noise(5)]),
};

export function* binaries(r) {
  for (const [name, [labels, make]] of Object.entries(named)) if (r.int(4) === 0) yield { template: name, class: 'named', want: labels[0], accept: labels.slice(1), data: make(r) };
  for (const [name, make] of Object.entries(nameless)) if (r.int(3) === 0) yield { template: name, class: 'binary', want: 'binary', accept: [name], data: make(r) };
}
