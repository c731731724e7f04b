package streams_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/backends/redis"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/streams"
	"bustop/views/viewtest"

	goredis "github.com/redis/go-redis/v9"
)

// journal is a source with one stream of n entries a second apart, with a body and other fields, and a
// group with entries pending.
func journal(n int) *viewtest.Source {
	source := viewtest.Redis()
	source.Messages = nil
	start := viewtest.Start().Add(-time.Hour)
	for i := range n {
		at := start.Add(time.Duration(i) * time.Second)
		m := backends.Message{
			Target:   backends.Target{Kind: backends.KindStream, Name: "orders"},
			Position: fmt.Sprintf("%d-0", at.UnixMilli()), Time: at, Body: fmt.Appendf(nil, `{"order":%d}`, i),
			Headers: []backends.Field{{Name: "tenant", Value: []byte("acme")}, {Name: "traceparent", Value: []byte("00-4bf9")}},
		}
		if i%2 == 1 {
			m.Headers = append(m.Headers, backends.Field{Name: viewtest.Hostile, Value: []byte(viewtest.Hostile)})
		}
		m.Size = len(m.Body)
		source.Messages = append(source.Messages, m)
	}
	for i := range 120 {
		source.Pending = append(source.Pending, backends.PendingEntry{
			Position: source.Messages[i].Position, Consumer: []string{"billing-1", viewtest.Hostile}[i%2], Made: source.Messages[i].Time,
			Idle: backends.ExactSpan(time.Duration(i) * time.Second), Deliveries: backends.ExactCount(int64(i%3 + 1)),
			Payload: []backends.Presence{backends.Present, backends.Gone, backends.PresenceUnknown, backends.Present}[i%4],
		})
	}
	st := &source.StreamPage.Items[0]
	st.FirstTime, st.LastTime = start, start.Add(time.Duration(n)*time.Second)
	st.Library = "watermill"
	g := &st.Groups[0]
	g.LagTime, g.LastDeliveredID = backends.ExactSpan(0), "946684799000-0"
	g.Consumers = append(g.Consumers, backends.Consumer{Name: viewtest.Hostile, Pending: backends.ExactCount(60), Idle: backends.ExactSpan(time.Hour)})
	st.Groups[1].LagTime = backends.Span{Value: 90 * time.Second, Certainty: backends.About}
	return source
}

// onStream opens the stream of a source within a bubble.
func onStream(t *testing.T, source backends.Source, test func(nav *viewtest.Nav, screen views.Screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true, source)
		pane := streams.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "enter")
		screen := nav.Pushed[0]
		defer screen.Close()
		viewtest.Settle(screen)
		test(nav, screen)
	})
}

func TestStreamDrawings(t *testing.T) {
	for _, c := range []struct {
		name   string
		keys   []string
		answer string
		top    bool // the screen opened last is drawn
	}{
		{"live", nil, "", false},
		{"jumped", []string{"@"}, "-50m", false},
		{"pending", []string{"p"}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStream(t, journal(1000), func(nav *viewtest.Nav, screen views.Screen) {
				nav.Answer = c.answer
				viewtest.Press(t, nav, screen, c.keys...)
				if c.top {
					screen = nav.Pushed[len(nav.Pushed)-1]
					defer screen.Close()
					viewtest.Settle(screen)
				}
				for _, size := range [][2]int{{80, 24}, {200, 50}} {
					golden.Check(t, fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1]), screen.Render(size[0], size[1]))
				}
				for _, size := range [][2]int{{20, 5}, {40, 12}} {
					if lines := screen.Render(size[0], size[1]); len(lines) != size[1] {
						t.Errorf("%d lines of %d", len(lines), size[1])
					}
				}
			})
		})
	}
}

func TestStreamIsReadBothWays(t *testing.T) {
	onStream(t, journal(1000), func(nav *viewtest.Nav, screen views.Screen) {
		viewtest.Shows(t, screen, "● live", `{order: 999}`)
		nav.Answer = "-50m" // 600 entries after the first one
		viewtest.Press(t, nav, screen, "@")
		viewtest.Shows(t, screen, "200 messages", "from 1999-12-31 23:10:00", `▌ 23:10:00.000`, `{order: 600}`)
		viewtest.Press(t, nav, screen, "[")
		viewtest.Shows(t, screen, "before 946681800000-0", `{order: 599}`)
		viewtest.Press(t, nav, screen, "]")
		viewtest.Shows(t, screen, "after 946681799000-0", `{order: 600}`)
		viewtest.Press(t, nav, screen, "]", "]")
		viewtest.Shows(t, screen, "after 946681999000-0")
		if len(nav.Toasts) != 1 {
			t.Errorf("at the end: %q", nav.Toasts)
		}
		nav.Answer = "946681200001-0"
		viewtest.Press(t, nav, screen, "@")
		if len(nav.Toasts) != 2 {
			t.Errorf("at a position that is not there: %q", nav.Toasts)
		}
		viewtest.Press(t, nav, screen, "esc")
		viewtest.Shows(t, screen, "● live", `{order: 999}`)
		viewtest.Press(t, nav, screen, "[", "[", "[", "[", "[", "[", "g", "[")
		viewtest.Shows(t, screen, `{order: 0}`)
	})
}

func TestPendingEntriesAreShown(t *testing.T) {
	onStream(t, journal(1000), func(nav *viewtest.Nav, screen views.Screen) {
		viewtest.Press(t, nav, screen, "p")
		if len(nav.Options) != 2 {
			t.Fatalf("groups: %q", nav.Options)
		}
		list := nav.Pushed[1]
		defer list.Close()
		viewtest.Settle(list)
		viewtest.Shows(t, list, "1–50 of the group's oldest first", "13 payloads gone", "946681200000-0", "GONE", "billing-1")
		viewtest.Press(t, nav, list, "]", "]")
		viewtest.Shows(t, list, "101–120 of")
		viewtest.Press(t, nav, list, "[", "enter")
		viewtest.Shows(t, list, "51–100 of")
		if len(nav.Pushed) != 3 || nav.Pushed[2].Title() != "message 946681250000-0" {
			t.Fatalf("%d screens", len(nav.Pushed))
		}
		viewtest.Press(t, nav, list, "down", "down", "down", "enter")
		if len(nav.Toasts) != 1 || len(nav.Pushed) != 3 {
			t.Errorf("a payload that is gone: %q", nav.Toasts)
		}
		nav.Choice = 1
		viewtest.Press(t, nav, list, "c")
		viewtest.Shows(t, list, "1–50 of", "of billing-1")
		viewtest.Lacks(t, list, "evil")
	})
}

// A stream of a server without groups, read forwards only.
func TestStreamOfAnOrdinarySource(t *testing.T) {
	onStream(t, plainSource{journal(300)}, func(nav *viewtest.Nav, screen views.Screen) {
		viewtest.Press(t, nav, screen, "p", "[", "]")
		if len(nav.Toasts) != 3 || len(nav.Pushed) != 1 {
			t.Errorf("%q", nav.Toasts)
		}
		nav.Answer = "946681210000-0"
		viewtest.Press(t, nav, screen, "@")
		viewtest.Shows(t, screen, `{order: 10}`)
	})
}

type plainSource struct{ *viewtest.Source }

func (s plainSource) Roles() backends.Roles {
	return backends.Roles{Streams: struct{ backends.Streams }{s.Source}}
}

func TestStreamOnServers(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		ctx := context.Background()
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		hourAgo := time.Now().Add(-time.Hour).UnixMilli()
		for i := range 300 {
			check(client.XAdd(ctx, &goredis.XAddArgs{Stream: "orders", ID: fmt.Sprintf("%d-%d", hourAgo, i+1), Values: []string{"payload", fmt.Sprintf(`{"order":%d}`, i), "tenant", "acme"}}).Err())
		}
		check(client.XGroupCreate(ctx, "orders", "billing", "0").Err())
		check(client.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "billing", Consumer: "ann", Streams: []string{"orders", ">"}, Count: 3}).Err())
		check(client.XDel(ctx, "orders", fmt.Sprintf("%d-2", hourAgo)).Err())
		source, err := backends.Drivers{redis.Driver()}.Open(server.URL(), backends.Options{})
		check(err)
		t.Cleanup(func() { source.Close() })
		d, nav := viewtest.Deps(t, true, source)
		pane := streams.New(d)
		t.Cleanup(pane.Close)
		until := func(s views.Screen, texts ...string) {
			t.Helper()
			testkit.Eventually(t, fmt.Sprintf("the screen shows %q", texts), func() bool {
				s.Sync(time.Now())
				return viewtest.Has(s, texts...)
			})
		}
		until(pane, "orders", "299", "297", "1h")
		viewtest.PressOnly(t, nav, pane, "enter")
		screen := nav.Pushed[0]
		t.Cleanup(screen.Close)
		until(screen, "299 entries", "300 ever", "billing", "297", "1h", "ann (3,", "● live", `{order: 299}`)
		nav.Answer = "first"
		viewtest.PressOnly(t, nav, screen, "@")
		until(screen, `{order: 0}`, `{order: 2}`, "200 messages")
		viewtest.PressOnly(t, nav, screen, "]")
		until(screen, "99 messages", fmt.Sprintf("after %d-201", hourAgo))
		viewtest.PressOnly(t, nav, screen, "[")
		until(screen, "200 messages", fmt.Sprintf("before %d-202", hourAgo))
		viewtest.PressOnly(t, nav, screen, "p")
		list := nav.Pushed[1]
		t.Cleanup(list.Close)
		until(list, "1–3 of", "1 payload gone", "ann", "there", "GONE")
	})
}
