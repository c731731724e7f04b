// Chance that a seed decides (mulberry32), and the words that documents are made of.
export function chance(seed) {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const r = {
    float: next,
    int: (n) => Math.floor(next() * n),
    yes: () => next() < 0.5,
    pick: (...of) => of[Math.floor(next() * of.length)],
    normal: () => Math.sqrt(-2 * Math.log(next() || 1e-9)) * Math.cos(2 * Math.PI * next()),
    noise: (n) => Uint8Array.from({ length: n }, () => Math.floor(next() * 256)),
    list: (n, make) => Array.from({ length: n }, (_, i) => make(i)),
  };
  r.hex = (n) => Buffer.from(r.noise(n)).toString('hex');
  r.uuid = () => {
    const h = r.hex(16);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-b${h.slice(17, 20)}-${h.slice(20)}`;
  };
  r.word = () => r.pick('parcel', 'tram', 'voucher', 'basket', 'lamp', 'river', 'tenant', 'quota', 'ledger', 'badge',
    'shift', 'depot', 'gauge', 'pump', 'valve', 'crew', 'meter', 'permit', 'roster', 'kiosk', 'x', 'id', 'go', 'Q3');
  r.person = () => r.pick('Noor Haddad', 'Søren Kjær', '王小明', 'Olga Ivanova', 'Иван Петров', 'Chidi Okafor', 'Inés Peña', '佐藤 花子', 'Ann', 'محمد علي');
  r.when = () => new Date(1.5e12 + Math.floor(next() * 3e11));
  r.sentence = (n) => {
    const s = r.list(n, () => r.pick('when', 'the', 'meter', 'was', 'read', 'by', 'nobody', 'it', 'still', 'showed', 'seventeen', 'litres', r.word(), 'and', 'then', 'we', 'left', 'early')).join(' ');
    return s[0].toUpperCase() + s.slice(1) + r.pick('.', '!', '?', '…', '');
  };
  r.tongue = () => r.pick('电表读数为零，请尽快检查。', 'قراءة العداد صفر', 'счётчик показывает ноль', 'メーターはゼロです', '🚰💧🔧 done', 'Zähler zeigt null an', 'מונה המים', 'มิเตอร์น้ำ', 'το ρολόι', '수도 계량기');
  return r;
}
