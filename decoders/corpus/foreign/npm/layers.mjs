// Wrappings: what npm and node's zlib compress and encode with.
import zlib from 'node:zlib';
import * as pako from 'pako';
import * as fflate from 'fflate';
import snappy from 'snappyjs';
import lz4 from 'lz4js';
import jsonwebtoken from 'jsonwebtoken';

const be32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };

// gzipNamed is a gzip member with a file name and a comment (RFC 1952 §2.3).
function gzipNamed(data, name) {
  const g = zlib.gzipSync(data);
  const head = Buffer.from(g.subarray(0, 10));
  head[3] = 0x18;
  return Buffer.concat([head, Buffer.from(`${name}\0by hand\0`), g.subarray(10)]);
}

export const wrappers = [
  ['gzip', 'zlib.gzip', (d) => zlib.gzipSync(d)],
  ['gzip', 'pako.gzip', (d) => pako.gzip(d)],
  ['gzip', 'fflate.gzip', (d) => fflate.gzipSync(new Uint8Array(d), { filename: 'a.json', mtime: 1.6e12 })],
  ['gzip', 'gzip named', (d) => gzipNamed(d, 'dump')],
  ['gzip', 'gzip stored', (d) => zlib.gzipSync(d, { level: 0 })],
  ['zlib', 'zlib.deflate', (d) => zlib.deflateSync(d)],
  ['zlib', 'pako.deflate', (d) => pako.deflate(d, { level: 1 })],
  ['zlib', 'fflate.zlib', (d) => fflate.zlibSync(new Uint8Array(d))],
  ['lz4', 'lz4js', (d) => lz4.compress(Uint8Array.from(d))],
  ['snappy', 'snappyjs', (d) => snappy.compress(Uint8Array.from(d))],
  ['base64', 'base64', (d) => Buffer.from(Buffer.from(d).toString('base64'))],
  ['base64', 'base64url', (d) => Buffer.from(Buffer.from(d).toString('base64url'))],
  ['base64', 'base64 in lines', (d) => Buffer.from(Buffer.from(d).toString('base64').replace(/.{76}/g, '$&\r\n'))],
  ['hex', 'hex', (d) => Buffer.from(Buffer.from(d).toString('hex'))],
  ['hex', 'HEX', (d) => Buffer.from(Buffer.from(d).toString('hex').toUpperCase())],
  ['grpc', 'grpc frame', (d) => Buffer.concat([Buffer.of(0), be32(d.length), Buffer.from(d)])],
];

// opaque compress without a magic: nobody can tell them from other binary data.
export const opaque = [
  ['brotli', (d) => zlib.brotliCompressSync(d)],
  ['deflate', (d) => zlib.deflateRawSync(d)],
  ['lz4block', (d) => { const out = new Uint8Array(lz4.compressBound(d.length)); return out.subarray(0, lz4.compressBlock(Uint8Array.from(d), out, 0, d.length, new Int32Array(1 << 16))); }],
];

export function token(r) {
  const claims = { sub: r.person(), scope: r.word(), iat: Math.floor(r.when().getTime() / 1000) };
  return Buffer.from(jsonwebtoken.sign(claims, 'k'.repeat(64), { algorithm: r.pick('HS256', 'HS512'), keyid: r.word() }));
}

export const members = (a, b) => Buffer.concat([zlib.gzipSync(a), zlib.gzipSync(b)]);
