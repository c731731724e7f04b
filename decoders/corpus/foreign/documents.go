package main

import (
	"encoding/hex"
	"fmt"
	"time"
)

type object = map[string]any

// document makes one message of a random shape.
func (m *maker) document() (name string, doc any) {
	shapes := []struct {
		name string
		make func() any
	}{
		{"booking", m.booking},
		{"telemetry", m.telemetry},
		{"trace", m.span},
		{"posting", m.posting},
		{"catalogue", m.catalogue},
		{"vector", func() any { return object{"id": m.IntN(1e6), "dims": 3, "v": m.floats(4 + m.IntN(40))} }},
		{"series", m.series},
		{"lease", m.lease},
		{"flags", m.flags},
		{"event", m.event},
		{"pair", m.pair},
		{"numbers", func() any { return m.numbers(3 + m.IntN(50)) }},
		{"words", func() any { return m.words(1 + m.IntN(20)) }},
		{"lattice", m.lattice},
		{"config", m.config},
		{"blob", m.blob},
		{"empty", m.empty},
		{"geo", m.geo},
		{"tongues", m.tongues},
		{"deep", func() any { return m.deep(2 + m.IntN(20)) }},
	}
	s := shapes[m.IntN(len(shapes))]
	return s.name, s.make()
}

func (m *maker) booking() any {
	guests := make([]any, 1+m.IntN(4))
	for i := range guests {
		guests[i] = object{"name": m.person(), "age": m.IntN(90), "vip": m.yes()}
	}
	return object{"ref": m.code(), "hotel": m.IntN(5000), "from": m.when().Format(time.DateOnly), "nights": 1 + m.IntN(14), "guests": guests, "rate": float64(m.IntN(50000)) / 100, "note": pick[any](m, nil, m.sentence(6), "")}
}

func (m *maker) telemetry() any {
	return object{"dev": fmt.Sprintf("%012x", m.Uint64()>>16), "ts": m.when().UnixNano(), "t": m.NormFloat64() * 20, "h": m.Float32(), "bat": m.IntN(101), "rssi": -m.IntN(120), "ok": m.yes()}
}

func (m *maker) span() any {
	return object{"trace_id": m.noise(16), "span_id": m.noise(8), "name": "GET /" + m.word(), "start": uint64(m.when().UnixNano()), "dur": m.IntN(1e9), "attrs": object{"http.status": pick(m, 200, 404, 500), "peer": m.word() + ".svc"}, "events": []any{}}
}

func (m *maker) posting() any {
	return []any{m.code(), m.IntN(1e6) - 500000, m.when().Unix(), m.word(), nil, object{"memo": m.sentence(3)}}
}

func (m *maker) catalogue() any {
	out := make([]any, 1+m.IntN(8))
	for i := range out {
		out[i] = object{"sku": m.code(), "title": m.sentence(4), "price": m.IntN(1e5), "tags": m.words(m.IntN(4)), "stock": object{"nl": m.IntN(50), "de": m.IntN(500)}}
	}
	return out
}

func (m *maker) floats(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = float32(m.NormFloat64())
	}
	return out
}

func (m *maker) series() any {
	out := make([]any, 2+m.IntN(20))
	at := m.when().Unix()
	for i := range out {
		out[i] = []any{at + int64(60*i), m.Float64() * 100}
	}
	return object{"metric": m.word() + ".rate", "points": out}
}

func (m *maker) lease() any {
	return object{"holder": m.uuid(), "ttl": m.IntN(60), "rev": m.Uint64() >> 20, "key": "/locks/" + m.word()}
}

func (m *maker) flags() any {
	out := object{}
	for range 2 + m.IntN(10) {
		out[m.word()+"."+m.word()] = m.yes()
	}
	return out
}

func (m *maker) event() any {
	return object{"event": pick(m, "user.created", "cart.closed", "mail.bounced"), "at": m.when().Format(time.RFC3339), "actor": object{"id": m.uuid(), "ip": fmt.Sprintf("10.%d.%d.%d", m.IntN(256), m.IntN(256), m.IntN(256))}, "v": 1 + m.IntN(3)}
}

func (m *maker) pair() any {
	return pick[any](m, object{"k": m.word()}, []any{m.IntN(50), m.word()}, object{"n": m.IntN(70000), "ok": true}, object{"err": nil}, []any{m.when().Unix(), m.IntN(9)})
}

func (m *maker) numbers(n int) []any {
	limit := pick(m, 20, 300, 70000, 1<<31-1)
	out := make([]any, n)
	for i := range out {
		out[i] = m.IntN(limit) - pick(m, 0, 0, 10)
	}
	return out
}

func (m *maker) words(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = m.word()
	}
	return out
}

func (m *maker) lattice() any {
	out := make([]any, 2+m.IntN(6))
	width := 2 + m.IntN(6)
	for i := range out {
		row := make([]any, width)
		for j := range row {
			row[j] = pick[any](m, m.IntN(256), m.IntN(100), 0)
		}
		out[i] = row
	}
	return out
}

func (m *maker) config() any {
	out := object{}
	for i := range 1 + m.IntN(6) {
		out[fmt.Sprintf("%s%d", m.word(), i)] = object{"addr": fmt.Sprintf("%s:%d", m.word(), m.IntN(65536)), "timeout": float64(m.IntN(100)) / 10, "peers": m.words(m.IntN(3)), "on": m.yes()}
	}
	return out
}

func (m *maker) blob() any {
	return object{"type": pick(m, "image/webp", "application/x-thing"), "body": m.noise(8 << m.IntN(7)), "sum": hex.EncodeToString(m.noise(20))}
}

func (m *maker) empty() any {
	return pick[any](m, object{}, []any{}, object{"items": []any{}, "next": nil}, []any{object{}}, object{"a": "", "b": object{}})
}

func (m *maker) geo() any {
	return object{"type": "Point", "coordinates": []any{m.Float64()*360 - 180, m.Float64()*180 - 90}, "bbox": nil, "id": m.IntN(1e5)}
}

func (m *maker) tongues() any {
	return object{"ja": "次の停車駅は渋谷です", "uk": "наступна зупинка", "he": "התחנה הבאה", "hi": "अगला स्टेशन", m.word(): "🚋🚏"}
}

func (m *maker) deep(n int) any {
	var v any = m.word()
	for range n {
		if v = any(object{m.word(): v}); m.yes() {
			v = []any{v, m.IntN(9)}
		}
	}
	return object{"tree": v}
}

func (m *maker) when() time.Time { return time.Unix(1.55e9+m.Int64N(2.5e8), m.Int64N(1e9)).UTC() }

func (m *maker) code() string {
	return fmt.Sprintf("%c%c-%04d", 'A'+m.IntN(26), 'A'+m.IntN(26), m.IntN(10000))
}

func (m *maker) uuid() string {
	s := hex.EncodeToString(m.noise(16))
	return s[:8] + "-" + s[8:12] + "-7" + s[13:16] + "-9" + s[17:20] + "-" + s[20:]
}

func (m *maker) person() string {
	return pick(m, "Ngũgĩ wa Thiong'o", "Astrid Lindgren", "魯迅", "Wisława Szymborska", "Jorge Amado", "Ali", "Q", "Σαπφώ")
}

func (m *maker) word() string {
	return pick(m, "ferry", "harbour", "anchor", "quay", "cabin", "deck", "tide", "buoy", "mast", "keel", "rope", "pilot", "hull", "crate", "berth", "wind", "log", "a", "ok", "north")
}

func (m *maker) sentence(n int) string {
	s := "The"
	for range n {
		s += " " + pick(m, m.word(), "comes", "in", "at", "noon", "with", "no", "delay", "and", "then", "waits", "because", "of")
	}
	return s + pick(m, ".", "?", "")
}
