package corpus

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// document makes one message of a random template.
func (m *maker) document() (name string, doc any) {
	switch m.IntN(14) {
	case 0, 1:
		return "order", m.order()
	case 2:
		return "chat", map[string]any{"from": m.name(), "to": m.names(1 + m.IntN(4)), "text": m.prose(3 + m.IntN(30)), "ts": m.instant().UnixMilli(), "edited": m.yes()}
	case 3:
		return "geojson", m.geo()
	case 4:
		return "cloudevent", map[string]any{
			"specversion": "1.0", "id": m.uuid(), "source": "/" + m.word() + "/" + m.word(), "type": "com.example." + m.word() + "." + m.word(),
			"time": m.instant().Format(time.RFC3339Nano), "datacontenttype": "application/json", "data": m.small(),
		}
	case 5:
		return "metric", map[string]any{
			"name": m.word() + "_" + m.word() + "_total", "labels": map[string]any{"host": m.host(), "code": pick(m, "200", "404", "503")},
			"value": m.Float64() * 1e4, "t": m.instant().Unix(),
		}
	case 6:
		return "job", map[string]any{
			"class": pick(m, "MailJob", "ResizeImage", "Billing::Charge"), "args": []any{m.IntN(1e6), m.word(), nil}, "retry": m.yes(),
			"jid": hex.EncodeToString(m.noise(12)), "queue": m.word(), "created_at": float64(m.instant().UnixMicro()) / 1e6,
		}
	case 7:
		return "session", map[string]any{"uid": m.Uint64() >> 12, "csrf": m.noise(16 + m.IntN(32)), "exp": m.instant().Unix(), "roles": m.names(m.IntN(4)), "ok": true}
	case 8:
		return "matrix", m.matrix()
	case 9:
		return "unicode", map[string]any{"título": m.foreign(), "名前": m.foreign(), "ключ": m.IntN(1e5), "emoji": "🚌🛑" + m.foreign()}
	case 10:
		return "quotes", m.quotes()
	case 11:
		return "small", m.small()
	case 12:
		return "tree", m.nested(1 + m.IntN(5))
	default:
		return "reading", map[string]any{"d": m.host(), "v": m.IntN(4096), "u": pick(m, "C", "Pa", "lx"), "q": m.Float64()}
	}
}

func (m *maker) yes() bool { return m.IntN(2) == 0 }

func (m *maker) order() any {
	items := make([]any, 1+m.IntN(6))
	for i := range items {
		items[i] = map[string]any{"sku": fmt.Sprintf("SKU-%05d", m.IntN(1e5)), "qty": 1 + m.IntN(9), "price": float64(m.IntN(1e5)) / 100}
	}
	return map[string]any{
		"id": m.IntN(1e7), "customer": m.name(), "paid": m.yes(), "note": pick[any](m, nil, "", "leave at the door"), "items": items,
		"address": map[string]any{"city": pick(m, "Köln", "London", "São Paulo"), "zip": fmt.Sprint(10000 + m.IntN(89999))},
	}
}

func (m *maker) geo() any {
	points := make([]any, 1+m.IntN(12))
	for i := range points {
		points[i] = []any{m.Float64()*360 - 180, m.Float64()*180 - 90}
	}
	return map[string]any{"type": "Feature", "geometry": map[string]any{"type": "LineString", "coordinates": points}, "properties": map[string]any{"name": m.word()}}
}

func (m *maker) matrix() any {
	rows := make([]any, 2+m.IntN(5))
	width := 2 + m.IntN(6)
	whole := m.yes()
	for i := range rows {
		row := make([]any, width)
		for j := range row {
			if row[j] = m.NormFloat64(); whole {
				row[j] = m.IntN(1000) - 500
			}
		}
		rows[i] = row
	}
	return rows
}

func (m *maker) quotes() any {
	out := make([]any, 1+m.IntN(5))
	for i := range out {
		bid := float64(m.IntN(1e6)) / 100
		out[i] = map[string]any{"s": pick(m, "AAPL", "MSFT", "SAP.DE"), "b": bid, "a": bid + 0.02, "n": m.IntN(1e4)}
	}
	return out
}

func (m *maker) small() any {
	return pick[any](m,
		map[string]any{"id": m.IntN(1000)}, map[string]any{"ok": m.yes()}, []any{m.word(), m.IntN(100)}, map[string]any{"type": m.word(), "n": m.IntN(70000)},
		map[string]any{"cmd": "ping"}, []any{m.word(), m.word(), nil, m.yes()}, map[string]any{m.word(): m.word(), "at": m.instant().Unix()},
	)
}

func (m *maker) nested(depth int) any {
	if depth == 0 {
		return pick[any](m, m.word(), m.IntN(1e6), m.Float64(), nil, m.yes())
	}
	node := map[string]any{"name": m.word(), "left": m.nested(depth - 1)}
	if m.yes() {
		node["list"] = []any{m.nested(depth - 1), m.IntN(300)}
	}
	return node
}

func (m *maker) instant() time.Time {
	return time.Unix(1.6e9+m.Int64N(3e8), m.Int64N(1e9)).UTC()
}

func (m *maker) uuid() string {
	s := hex.EncodeToString(m.noise(16))
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-a" + s[17:20] + "-" + s[20:]
}

func (m *maker) host() string {
	return pick(m, "web", "db", "cache", "worker") + fmt.Sprintf("-%02d.", m.IntN(40)) + pick(m, "eu", "us") + ".example.net"
}

func (m *maker) name() string {
	return pick(m, "Ada Lovelace", "Grace Hopper", "Alan Turing", "José Álvarez", "Zoë Müller", "Li Na", "Mary Ann Evans")
}

func (m *maker) names(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = m.name()
	}
	return out
}

func (m *maker) word() string {
	return pick(m, "order", "created", "stock", "payment", "user", "mail", "invoice", "ship", "retry", "sensor", "login", "cart", "refund", "audit",
		"report", "thumbnail", "webhook", "alert", "price", "stop", "route", "driver", "ticket")
}

func (m *maker) prose(words int) string {
	out := make([]string, words)
	for i := range out {
		out[i] = pick(m, "the", "a", "bus", "is", "late", "we", "will", "send", m.word(), "again", "tomorrow", "please", "and", "of", "nobody", "at", "seven", "don't")
	}
	return strings.Join(out, " ") + pick(m, ".", "!", "?", "")
}

func (m *maker) foreign() string {
	return strings.Repeat(pick(m, "où est le bus? ", "автобус опаздывает ", "バスは遅れています", "الحافلة متأخرة ", "Straßenbahn "), 1+m.IntN(3))
}
