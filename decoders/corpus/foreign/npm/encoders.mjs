// Every encoder that npm offers here, with its options. An encoder may refuse a document.
import * as mp from '@msgpack/msgpack';
import { Packr } from 'msgpackr';
import notepack from 'notepack.io';
import lite from 'msgpack-lite';
import cbor from 'cbor';
import * as cborx from 'cbor-x';
import * as cborg from 'cborg';
import borc from 'borc';
import { BSON, Long } from 'bson';
import avsc from 'avsc';

// plain turns Map, Date, BigInt and typed arrays into what every encoder takes.
export function plain(v, { bytes = true } = {}) {
  if (v instanceof Map) return Object.fromEntries([...v].map(([k, x]) => [String(k), plain(x, { bytes })]));
  if (v instanceof Date) return v.toISOString();
  if (typeof v === 'bigint') return Number(v);
  if (v instanceof Uint8Array) return bytes ? Buffer.from(v) : Buffer.from(v).toString('base64');
  if (Array.isArray(v)) return v.map((x) => plain(x, { bytes }));
  if (v && typeof v === 'object') return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x, { bytes })]));
  return v;
}

export const json = (v) => JSON.stringify(plain(v, { bytes: false }));

function borcEncode(v) {
  const e = new borc.Encoder({ size: 1 << 20 });
  e.pushAny(v);
  return e.finalize();
}

// indefinite writes every container of a document with indefinite length, strings in chunks.
function indefinite(v) {
  const head = (major, n) => (n < 24 ? [major << 5 | n] : n < 256 ? [major << 5 | 24, n] : [major << 5 | 25, n >> 8, n & 255]);
  const parts = [];
  const put = (x) => {
    if (Array.isArray(x)) { parts.push([0x9f]); x.forEach(put); parts.push([0xff]); return; }
    if (typeof x === 'string' && x.length > 30 && /^[ -~]*$/.test(x)) {
      parts.push([0x7f]);
      for (let i = 0; i < x.length; i += 16) { const c = Buffer.from(x.slice(i, i + 16)); parts.push(head(3, c.length), c); }
      parts.push([0xff]); return;
    }
    if (x && typeof x === 'object' && !(x instanceof Uint8Array)) {
      parts.push([0xbf]);
      for (const [k, y] of Object.entries(x)) { parts.push(cborg.encode(k)); put(y); }
      parts.push([0xff]); return;
    }
    parts.push(cborg.encode(x));
  };
  put(plain(v));
  return Buffer.concat(parts.map((p) => Buffer.from(p)));
}

function avroContainer(doc) {
  const p = plain(doc, { bytes: true });
  const type = avsc.Type.forValue(p);
  const head = { 'avro.schema': Buffer.from(JSON.stringify(type.schema())), 'avro.codec': Buffer.from('null') };
  const meta = avsc.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer(head);
  const body = type.toBuffer(p), sync = Buffer.alloc(16, 7);
  const long = avsc.Type.forSchema('long');
  return Buffer.concat([Buffer.from('Obj\x01', 'latin1'), meta, sync, long.toBuffer(1), long.toBuffer(body.length), body, sync]);
}

// A stream encoder of records keeps what it has sent; every payload here has its own.
export const encoders = [
  ['msgpack', '@msgpack/msgpack', (d) => mp.encode(plain(d))],
  ['msgpack', '@msgpack/msgpack float32 sorted', (d) => mp.encode(plain(d), { forceFloat32: true, sortKeys: true })],
  ['msgpack', '@msgpack/msgpack bigint', (d) => mp.encode(d instanceof Map ? plain(d) : d, { useBigInt64: true })],
  ['msgpack', 'msgpackr', (d) => new Packr({ useRecords: false, encodeUndefinedAsNil: true }).pack(d)],
  ['msgpack', 'msgpackr variable map', (d) => new Packr({ useRecords: false, variableMapSize: true, useFloat32: 3 }).pack(d)],
  ['msgpack', 'msgpackr records', (d) => new Packr({ useRecords: true }).pack(d)],
  ['msgpack', 'msgpackr bundled', (d) => new Packr({ useRecords: false, moreTypes: true, int64AsType: 'bigint' }).pack(d)],
  ['msgpack', 'notepack', (d) => notepack.encode(plain(d))],
  ['msgpack', 'msgpack-lite', (d) => lite.encode(plain(d))],
  ['msgpack', 'msgpack-lite old', (d) => lite.encode(plain(d), { codec: lite.createCodec({ useraw: true }) })],
  ['msgpack', 'msgpack-lite ext', (d) => lite.encode(d instanceof Map ? plain(d) : d, { codec: lite.createCodec({ preset: true, int64: true }) })],
  ['cbor', 'cbor', (d) => cbor.encodeOne(d, { highWaterMark: 1 << 20 })],
  ['cbor', 'cbor canonical', (d) => cbor.encodeOne(d, { canonical: true, highWaterMark: 1 << 20 })],
  ['cbor', 'cbor-x', (d) => new cborx.Encoder({ useRecords: false }).encode(d)],
  ['cbor', 'cbor-x variable', (d) => new cborx.Encoder({ useRecords: false, variableMapSize: true, useFloat32: 3, tagUint8Array: false }).encode(d)],
  ['cbor', 'cbor-x records', (d) => new cborx.Encoder({ useRecords: true }).encode(d)],
  ['cbor', 'cbor-x self-described', (d) => new cborx.Encoder({ useRecords: false, useSelfDescribedHeader: true, mapsAsObjects: false }).encode(d)],
  ['cbor', 'cborg', (d) => cborg.encode(d instanceof Map ? d : plain(d))],
  ['cbor', 'cborg float64', (d) => cborg.encode(plain(d), { float64: true })],
  ['cbor', 'borc', (d) => borcEncode(d instanceof Map ? d : plain(d))],
  ['cbor', 'indefinite', (d) => indefinite(d)],
  ['json', 'JSON', (d) => Buffer.from(json(d))],
  ['json', 'JSON indented', (d) => Buffer.from(JSON.stringify(JSON.parse(json(d)), null, '\t'))],
  ['bson', 'bson', (d) => { const p = plain(d); if (Array.isArray(p)) throw new Error('no document'); return BSON.serialize(p); }],
  ['bson', 'bson types', (d) => { const p = plain(d); if (Array.isArray(p)) throw new Error('no document'); return BSON.serialize({ _id: new BSON.ObjectId('0123456789abcdef01234567'), at: new Date(1.6e12), n: Long.fromString('9007199254740993'), ...p }); }],
  ['avro', 'avsc container', avroContainer],
];
