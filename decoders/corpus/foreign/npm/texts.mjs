// Texts: what people and programs write that is no format of its own, and formats made of text.
import yaml from 'yaml';
import * as toml from 'smol-toml';
import papaparse from 'papaparse';
import { XMLBuilder } from 'fast-xml-parser';
import superjson from 'superjson';
import * as devalue from 'devalue';
import { serialize } from 'php-serialize';
import { json, plain } from './encoders.mjs';

const ip = (r) => r.list(4, () => r.int(256)).join('.');
const flat = (r) => ({ host: r.word(), port: r.int(65536), ratio: r.int(1000) / 1000 + 0.5, on: r.yes(), names: [r.word(), r.word()] });

// python is the repr of a value in Python.
function python(v) {
  if (v === null) return 'None';
  if (v === true) return 'True';
  if (v === false) return 'False';
  if (typeof v === 'string') return `'${v.replaceAll("'", "\\'")}'`;
  if (Array.isArray(v)) return `[${v.map(python).join(', ')}]`;
  if (typeof v === 'object') return `{${Object.entries(v).map(([k, x]) => `'${k}': ${python(x)}`).join(', ')}}`;
  return String(v);
}

const prose = {
  syslog: (r) => `<${r.int(191)}>1 ${r.when().toISOString()} ${r.word()} app ${r.int(9999)} ID${r.int(99)} - ${r.sentence(6)}`,
  'old syslog': (r) => `<34>Oct 11 22:14:15 ${r.word()} su[${r.int(9999)}]: 'su root' failed for ${r.word()} on /dev/pts/8`,
  logfmt: (r) => `ts=${r.when().toISOString()} level=${r.pick('info', 'warn')} msg="${r.sentence(4)}" took=${r.int(900)}ms n=${r.int(50)}`,
  nginx: (r) => `${ip(r)} - - [10/Oct/2023:13:55:36 +0200] "GET /${r.word()}/${r.int(99)} HTTP/1.1" ${r.pick(200, 404)} ${r.int(99999)} "-" "Mozilla/5.0 (X11)"`,
  'nginx lines': (r) => r.list(4, () => prose.nginx(r)).join('\n'),
  sql: (r) => r.pick(`UPDATE ${r.word()} SET x = ${r.int(99)}, note = '${r.word()}' WHERE id IN (${r.list(5, () => r.int(999)).join(', ')});`, `INSERT INTO ${r.word()} (a, b, c) VALUES (${r.int(9)}, 'x', NULL)`),
  yaml: (r) => yaml.stringify(flat(r)),
  'yaml list': (r) => yaml.stringify(r.list(3, () => flat(r))),
  toml: (r) => toml.stringify({ title: r.word(), server: flat(r) }),
  ini: (r) => `[${r.word()}]\nhost=${r.word()}\nport = ${r.int(9999)}\n; ${r.word()}\n\n[${r.word()}]\nx=${r.int(9)}\n`,
  python: (r) => python(plain(flat(r))),
  'python list': (r) => python([r.word(), r.int(99), null, { k: r.yes() }]),
  'python bytes': (r) => `b'\\x93\\x01\\x02${r.word()}'`,
  'javascript object': (r) => `{${r.word()}: ${r.int(99)}, name: '${r.word()}', list: [1, 2,], // ${r.word()}\n}`,
  'single quotes': (r) => `{'id': ${r.int(999)}, 'name': '${r.word()}'}`,
  ruby: (r) => `{:${r.word()} => "${r.word()}", "n" => ${r.int(99)}, x: nil}`,
  'go value': (r) => `map[${r.word()}:${r.int(9)} list:[1 2 3] p:0xc00001${r.hex(2)}]`,
  'java trace': (r) => `java.lang.IllegalStateException: ${r.sentence(4)}\n\tat org.water.${r.word()}.Main.run(Main.java:${r.int(300)})\n\tat java.base/java.lang.Thread.run(Thread.java:829)\nCaused by: java.io.IOException: broken pipe`,
  'python trace': (r) => `Traceback (most recent call last):\n  File "/srv/${r.word()}.py", line ${r.int(300)}, in <module>\n    main()\nValueError: ${r.sentence(4)}`,
  'go trace': (r) => `panic: runtime error: index out of range [${r.int(9)}] with length 0\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:${r.int(99)} +0x1d\n`,
  markdown: (r) => `# ${r.sentence(3)}\n\n- [x] **${r.word()}**\n- ${r.sentence(5)}\n\n| a | b |\n|---|---|\n| 1 | ${r.word()} |\n\n\`\`\`js\nlet x = ${r.int(9)};\n\`\`\`\n`,
  url: (r) => `${r.pick('https', 'redis', 'postgres', 'amqp')}://${r.word()}:${r.hex(4)}@${r.word()}.example.org:${r.int(9999)}/${r.word()}?a=${r.int(9)}&b=%20${r.word()}`,
  email: (r) => `${r.word()}.${r.word()}@example.org`,
  'mail message': (r) => `From: ${r.word()}@example.org\r\nTo: x@example.org\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n\r\n${r.sentence(20)}\r\n`,
  form: (r) => `name=${r.word()}&n=${r.int(999)}&q=${encodeURIComponent(r.tongue())}`,
  tongues: (r) => r.list(1 + r.int(4), () => r.tongue()).join(' '),
  emoji: (r) => r.list(2 + r.int(6), () => r.pick('🚀', '🎉', '👩‍👩‍👧', '🇳🇱', '✅', '❤️')).join(''),
  ip, 'ip port': (r) => `${ip(r)}:${r.int(65536)}`, ipv6: (r) => `2001:db8::${r.hex(2)}:${r.hex(2)}`,
  instant: (r) => r.when().toISOString(), 'date only': (r) => r.when().toISOString().slice(0, 10), 'http date': (r) => r.when().toUTCString(),
  uuid: (r) => r.uuid(), 'uuid lines': (r) => r.list(4, () => r.uuid()).join('\n'), 'uuid comma': (r) => `${r.uuid()},${r.uuid()}`,
  ulid: (r) => r.list(26, () => r.pick(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ')).join(''),
  nanoid: (r) => r.list(21, () => r.pick(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-')).join(''),
  key: (r) => `${r.word()}:${r.int(99999)}:${r.word()}`, 'key braces': (r) => `bull:{${r.word()}}:${r.int(999)}:lock`,
  csp: () => "default-src 'self'; img-src *", cookie: (r) => `sid=${r.hex(8)}; Path=/; HttpOnly; Max-Age=${r.int(9999)}`,
  template: (r) => `Hello {{ ${r.word()} }}, you owe {{ amount | money }}.`, 'brackets': (r) => `[${r.word()}] ${r.sentence(5)}`,
  'level bracket': (r) => `[INFO] ${r.when().toISOString()} ${r.sentence(5)}`, 'array of words': (r) => `[${r.word()}, ${r.word()}, ${r.int(9)}]`,
  lua: (r) => `local v = redis.call('GET', KEYS[1])\nif v then return tonumber(v) + ${r.int(9)} end\nreturn nil`,
  dockerfile: (r) => `FROM node:20\nRUN npm ci\nCOPY . /srv/${r.word()}\nCMD ["node", "index.js"]\n`,
  'short words': (r) => `${r.word()} ${r.word()}`, sentence: (r) => r.sentence(3 + r.int(60)), prometheus: (r) => `# TYPE x counter\nx_total{code="200"} ${r.int(999)}\nx_total{code="500"} ${r.int(9)}\n`,
  influx: (r) => `cpu,host=${r.word()} usage=${r.int(100)}i,idle=0.5 ${r.when().getTime()}000000`, statsd: (r) => `${r.word()}.${r.word()}:${r.int(999)}|c|@0.1`,
  graphql: (r) => `query { ${r.word()}(id: ${r.int(99)}) { id name } }`, 'pem': (r) => `-----BEGIN PUBLIC KEY-----\n${Buffer.from(r.noise(48)).toString('base64')}\n-----END PUBLIC KEY-----\n`,
  'ssh key': (r) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${Buffer.from(r.noise(32)).toString('base64')} ${r.word()}@host`,
  'password hash': (r) => `$2b$10$${r.hex(26)}`, 'data url': (r) => `data:image/png;base64,${Buffer.from(r.noise(40)).toString('base64')}`,
  ansi: (r) => `\x1b[31m${r.sentence(3)}\x1b[0m ok`, 'old mac lines': (r) => `${r.word()}\r${r.word()}\r`, tabs: (r) => `\t${r.sentence(4)}\n\t\t${r.word()}`,
  'numbers line': (r) => r.list(3 + r.int(6), () => r.int(999)).join(' '), coordinates: (r) => `${(r.float() * 90).toFixed(5)}, ${(r.float() * 180).toFixed(5)}`,
  version: (r) => `v${r.int(9)}.${r.int(20)}.${r.int(9)}-rc.1+${r.hex(3)}`, 'hex colour': (r) => `#${r.hex(3)}`, sexp: (r) => `(define (${r.word()} x) (+ x ${r.int(9)}))`,
};

// textual are the formats made of text, with their labels.
const textual = {
  xml: [['xml'], (r) => new XMLBuilder({ format: r.yes() }).build({ reading: { id: r.int(999), place: r.person(), values: r.list(1 + r.int(5), () => ({ v: r.float() })) } })],
  'xml namespaces': [['xml'], (r) => `<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:get xmlns:m="urn:${r.word()}"><!-- x --><m:id t="1">${r.int(999)}</m:id><![CDATA[<raw>]]></m:get></s:Body></s:Envelope>`],
  'xml short': [['xml'], (r) => `<${r.word()} a="${r.int(9)}"/>`],
  svg: [['xml'], (r) => `<svg xmlns="http://www.w3.org/2000/svg" width="${r.int(90)}"><path d="M0 0L9 9"/></svg>`],
  html: [['text', 'xml', 'html'], (r) => `<!DOCTYPE html>\n<html><head><title>${r.word()}</title><meta charset=utf-8></head><body><p>${r.sentence(9)}<br>&nbsp;</body></html>`],
  'html part': [['text', 'xml', 'html'], (r) => `<p>${r.sentence(5)} <a href="/x?a=1&b=2">${r.word()}</a><br>`],
  'csv ;': [['csv'], (r) => papaparse.unparse(table(r), { delimiter: ';' })],
  'csv ,': [['csv'], (r) => papaparse.unparse(table(r))],
  'csv quoted': [['csv'], (r) => papaparse.unparse(table(r), { quotes: true, newline: '\n' })],
  tsv: [['csv'], (r) => papaparse.unparse(table(r), { delimiter: '\t' })],
  superjson: [['json'], (r) => superjson.stringify({ at: r.when(), set: new Set([1, r.int(9)]), n: r.word() })],
  devalue: [['json'], (r) => devalue.stringify({ at: r.when(), m: new Map([[r.word(), 1n]]) })],
  php: [['php'], (r, d) => serialize(JSON.parse(d))],
  'json lines': [['ndjson'], (r, d) => `${d}\n`.repeat(2 + r.int(3))],
  'json bom': [['json'], (r, d) => `\ufeff${d}`],
  'json spaced': [['json'], (r, d) => `\n  ${d}  \r\n`],
  'json escaped': [['json'], (r, d) => d.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)],
  'json comments': [['text', 'json'], (r, d) => `// ${r.word()}\n${d}`],
  'json trailing comma': [['json', 'text'], (r) => `{"a": ${r.int(9)}, "b": "${r.word()}",}`],
  'json string': [['json'], (r) => JSON.stringify(r.sentence(5))],
  'json in json': [['json'], (r, d) => JSON.stringify({ body: d })],
  'sse': [['text'], (r, d) => `event: ${r.word()}\ndata: ${d}\n\n`],
  'prefixed json': [['text'], (r, d) => `42["${r.word()}",${d}]`],
  'assigned json': [['text'], (r, d) => `${r.word()} = ${d}`],
};

function table(r) {
  return r.list(2 + r.int(9), (i) => ({ id: i, who: r.person(), sum: r.int(1e5) / 100, when: r.when().toISOString(), note: r.pick('', 'x, y', 'said "no"', r.word()) }));
}

export function* texts(r, doc) {
  const d = json(doc);
  for (const name of Object.keys(prose)) if (r.int(3) === 0) yield { template: name, class: 'text', want: 'text', data: Buffer.from(prose[name](r)) };
  for (const [name, [labels, make]] of Object.entries(textual)) {
    if (r.int(3) || ((name === 'php' || name === 'xml' || name.startsWith('json') || name.startsWith('prefixed')) && d.length < 12)) continue;
    yield { template: name, class: 'text', want: labels[0], accept: labels.slice(1), data: Buffer.from(make(r, d)) };
  }
  if (d.length >= 24 && d[1] !== '[') yield { template: 'cut json', class: 'text', want: 'json', data: Buffer.from(d).subarray(0, 12 + r.int(d.length - 12)) };
  yield* charsets(r, d);
}

// charsets are texts in other encodings than UTF-8.
function* charsets(r, d) {
  const swap = (b) => Buffer.from(b).swap16();
  const s = r.pick(r.sentence(4 + r.int(10)), r.tongue().repeat(2), `${r.word()}=${r.int(9999)}`, r.tongue(), prose.syslog(r));
  const u = Buffer.from(s, 'utf16le');
  const c = { template: 'utf-16', class: 'text', want: 'utf-16 → text', accept: ['utf-16'] };
  yield { ...c, data: Buffer.concat([Buffer.of(0xff, 0xfe), u]) };
  yield { ...c, data: Buffer.concat([Buffer.of(0xfe, 0xff), swap(u)]) };
  if (s.length >= 8) yield { ...c, class: 'charset', template: 'utf-16le bare', data: u };
  if (s.length >= 8) yield { ...c, class: 'charset', template: 'utf-16be bare', data: swap(u) };
  if (d.length > 10) yield { ...c, class: 'charset', template: 'utf-16 json', want: 'utf-16 → json', accept: [], data: Buffer.from(d, 'utf16le') };
  const latin = r.pick(`Größe ${r.int(99)} für ${r.word()}, schön`, `Le café est fermé à ${r.int(20)} h, désolé`, `niño, mañana, señor ${r.word()}`, `Æblegrød på øen ${r.int(9)}`, `R. Ström, Malmö\r\n${r.sentence(9)}`);
  yield { template: 'latin-1', class: 'charset', want: 'latin-1 → text', accept: ['latin-1'], data: Buffer.from(latin, 'latin1') };
}
