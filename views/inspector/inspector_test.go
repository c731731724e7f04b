package inspector_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/decoders"
	"bustop/views"
	"bustop/views/inspector"
	"bustop/views/viewtest"
)

// anna is {"id": 17, "name": "Anna"} in MessagePack.
const anna = "\x82\xa2id\x11\xa4name\xa4Anna"

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func message(body string, headers ...backends.Field) backends.Message {
	return backends.Message{
		Target: backends.Target{Kind: backends.KindQueue, Name: "orders"}, Position: "1", Body: []byte(body), Size: len(body), Headers: headers,
	}
}

// inspect opens a message and hands the screen over.
func inspect(t *testing.T, m backends.Message, do func(t *testing.T, d *views.Deps, nav *viewtest.Nav, s *inspector.Screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true)
		do(t, d, nav, inspector.New(d, m))
	})
}

func TestTabs(t *testing.T) {
	for _, c := range []struct {
		name  string
		body  string
		first string
		tabs  [][]string // what each tab shows, from the first on
	}{
		{"msgpack", anna, "[tree]", [][]string{
			{"▾ {2}", "id: 17", "name: Anna", "fixmap, bytes 0–14"},
			{"[diagnostic]", `{"id": 17, "name": "Anna"}`},
			{"[JSON]", `"id": 17,`, `"name": "Anna"`},
			{"[hex]", "00000000  82 a2 69 64 11 a4 6e 61  6d 65 a4 41 6e 6e 61", "..id..name.Anna"},
		}},
		{"text", "two\nlines", "[diagnostic]", [][]string{{"two", "lines"}, {"[JSON]", `"two\nlines"`}, {"[hex]", "74 77 6f 0a 6c"}}},
		{"binary", "\xc1\xc1\x00\xff", "[hex]", [][]string{{"c1 c1 00 ff"}, {"[diagnostic]", "c1c100ff"}, {"[JSON]", "$bytes"}}},
		{"nothing", "", "", [][]string{{"0 B"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inspect(t, message(c.body), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
				viewtest.Shows(t, s, c.first, "queue/orders")
				for _, tab := range c.tabs {
					viewtest.Shows(t, s, tab...)
					viewtest.Press(t, nav, s, "]")
				}
				viewtest.Shows(t, s, c.first) // round again
				for range c.tabs {
					viewtest.Press(t, nav, s, "[")
				}
				viewtest.Shows(t, s, c.first)
			})
		})
	}
}

func TestTheBytesOfTheSelectedNodeAreMarked(t *testing.T) {
	inspect(t, message(anna), func(t *testing.T, d *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		for _, c := range []struct{ key, hex, text string }{
			{"home", "82 a2 69 64 11 a4 6e 61  6d 65 a4 41 6e 6e 61", "..id..name.Anna"},
			{"down", "11", "."},
			{"down", "a4 41 6e 6e 61", ".Anna"},
		} {
			viewtest.Press(t, nav, s, c.key)
			screen := strings.Join(s.Render(130, 20), "\n")
			for _, mark := range []string{c.hex, c.text} {
				if !strings.Contains(screen, d.Theme.Accent.Paint(mark)) {
					t.Errorf("after %s, %q is not marked:\n%q", c.key, mark, screen)
				}
			}
		}
	})
}

func TestDecodeAs(t *testing.T) {
	inspect(t, message(anna), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		nav.Choice = 1 + slices.Index(decoders.Formats(), "text")
		viewtest.Press(t, nav, s, "o")
		viewtest.Shows(t, s, "text as you said", "[diagnostic]", "Anna")
		nav.Choice = 1 + slices.Index(decoders.Formats(), "cbor")
		viewtest.Press(t, nav, s, "o")
		viewtest.Shows(t, s, "cbor as you said", "broken at byte")
		nav.Choice = 0
		viewtest.Press(t, nav, s, "o")
		viewtest.Shows(t, s, "msgpack 0.9", "[tree]", "name: Anna")
	})
}

func TestHeadersOpenOneByOne(t *testing.T) {
	headers := []backends.Field{
		{Name: "who", Value: []byte("shop")}, {Name: "meta", Value: []byte(anna)}, {Name: "traceparent", Value: []byte(parent)},
	}
	inspect(t, message(`{"n":1}`, headers...), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Shows(t, s, "n: 1", "who shop", "meta {id: 17")
		viewtest.Press(t, nav, s, "p")
		viewtest.Shows(t, s, "▸ who", "[diagnostic]")
		viewtest.Press(t, nav, s, "p")
		viewtest.Shows(t, s, "▸ meta", "msgpack", "id: 17")
		viewtest.Press(t, nav, s, "p", "p")
		viewtest.Shows(t, s, "n: 1", "json")
		viewtest.Lacks(t, s, "▸ ")
		viewtest.Press(t, nav, s, "t")
		if len(nav.Traces) != 1 || nav.Traces[0].String() != parent[3:35] {
			t.Errorf("traces: %v", nav.Traces)
		}
	})
}

func TestTheOpenHeaderIsInSight(t *testing.T) {
	var headers []backends.Field
	for _, name := range strings.Split("abcdefghi", "") {
		headers = append(headers, backends.Field{Name: "head-" + name, Value: []byte("v-" + name)})
	}
	inspect(t, message(`{"n":1}`, headers...), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Shows(t, s, "head-a", "… and 3 more")
		for _, f := range headers {
			viewtest.Press(t, nav, s, "p")
			viewtest.Shows(t, s, "▸ "+f.Name, "… and 3 more")
		}
	})
}

func TestAStreamEntryOpensAtTheFieldWithParts(t *testing.T) {
	fields := []backends.Field{{Name: "type", Value: []byte("created")}, {Name: "n", Value: []byte("7")}, {Name: "data", Value: []byte(anna)}}
	inspect(t, message("", fields...), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Shows(t, s, "▸ data", "msgpack", "name: Anna")
		viewtest.Press(t, nav, s, "t")
		if len(nav.Toasts) != 1 || nav.Toasts[0] != "this message carries no traceparent" {
			t.Errorf("toasts: %q", nav.Toasts)
		}
	})
}

func TestAStreamEntryWithoutPartsOpensAtItsFirstField(t *testing.T) {
	fields := []backends.Field{{Name: "type", Value: []byte("created")}, {Name: "n", Value: []byte("7")}}
	inspect(t, message("", fields...), func(t *testing.T, _ *views.Deps, _ *viewtest.Nav, s *inspector.Screen) {
		viewtest.Shows(t, s, "▸ type", "[diagnostic]", "created")
	})
}

func TestCopy(t *testing.T) {
	inspect(t, message(anna), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		for _, want := range []string{
			`{"id":17,"name":"Anna"}`, `{"id": 17, "name": "Anna"}`, `{"id":17,"name":"Anna"}`, "82 a2 69 64 11 a4 6e 61  6d 65 a4 41 6e 6e 61\n",
		} {
			viewtest.Press(t, nav, s, "y", "]")
			if got := nav.Copied[len(nav.Copied)-1]; got != want {
				t.Errorf("copied %q, want %q", got, want)
			}
		}
	})
}

func TestWhatIsKnownOfAMessage(t *testing.T) {
	m := message(anna)
	m.Size, m.Redelivered, m.ContentType, m.Route = 4096, true, "application/x-msgpack", "orders.new"
	m.Time, m.TimeReceived = viewtest.Start(), true
	inspect(t, m, func(t *testing.T, _ *views.Deps, _ *viewtest.Nav, s *inspector.Screen) {
		viewtest.Shows(t, s, "via orders.new", "received 2000-01-01", "4.0 KiB", "first 15 B fetched", "redelivered", "application/x-msgpack")
	})
}
