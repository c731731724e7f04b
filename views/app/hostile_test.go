package app

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui/hostile"
	"bustop/views/viewtest"
)

// TestNothingForeignReachesTheTerminal: each string that acts on terminals stands in every field of
// every object, error and span, and every screen is drawn and copied from. What comes out does not act,
// and fits.
func TestNothingForeignReachesTheTerminal(t *testing.T) {
	const shares = 8
	all := hostile.Strings()
	for share := range shares {
		t.Run(strconv.Itoa(share), func(t *testing.T) {
			t.Parallel()
			for i := share; i < len(all); i += shares {
				consents := []backends.Consent{backends.Confirm, backends.TypeName, backends.Refused}
				everywhere(t, all[i], consents[i/shares%len(consents)])
				if t.Failed() {
					return
				}
			}
		})
	}
}

// everywhere visits the screens of one console with s in every field.
func everywhere(t *testing.T, s string, consent backends.Consent) {
	synctest.Test(t, func(t *testing.T) {
		free, asks := hostileSource("redis"+s, s, backends.Free), hostileSource("rabbitmq"+s, s, consent)
		free.Name = "name " + s
		asks.Now.State, asks.Now.Err = backends.Down, hostileError(s)
		store := spans.NewStore(1 << 20)
		recordHostile(store, s)
		c := startConsole(t, Options{
			Sources: []backends.Source{free, asks}, Spans: store, Tracer: spans.Provider(store, "test"), Context: s,
		})
		c.beat()
		for name, keys := range screens() {
			c.harmless(name, s, keys...)
		}
		c.harmless("waterfall", s, "8", "enter", "end")
		c.harmless("decode as", s, "3", "enter", "up", "up", "enter", "o")
		c.harmless("next part", s, "3", "enter", "up", "enter", "p", "]", "]")
		c.harmless("find", s, "3", "enter", "up", "enter", "/", "e", "enter", "n", "]", "n")
		c.harmless("keep a pin", s, "3", "enter", "up", "enter", "o", "down", "enter", "a")
		c.harmless("a pin kept", s, "3", "enter", "up", "enter", "o", "down", "enter", "a", "enter")
		c.harmless("forget a pin", s, "3", "enter", "up", "enter", "a")
		c.harmless("free tap", s, "4", "down", "enter")
		for _, source := range []*viewtest.Source{free, asks} {
			source.Fail(hostileError(s))
		}
		for _, pane := range []string{"1", "2", "3", "4", "5", "6", "7"} {
			c.harmless("failing "+pane, s, pane, "r", "enter")
		}
	})
}

// harmless goes to a screen, holds what is drawn and what y copies, and goes back to the pane.
func (c *console) harmless(name, s string, keys ...string) {
	c.t.Helper()
	c.press(keys...)
	for _, h := range []int{30, 14} {
		lines := c.at(100, h)
		check(c.t, lines, 100, h)
		if live := hostile.Live(strings.Join(lines, "\n")); live != "" {
			c.t.Errorf("%s: %q is drawn with %s", name, s, live)
		}
		c.press("y") // copies, or agrees to nothing while the grace lasts
	}
	for _, text := range c.copied {
		if live := hostile.Live(text); live != "" {
			c.t.Errorf("%s: %q is copied with %s", name, s, live)
		}
	}
	c.copied = nil
	for c.dialog != nil || c.screen().Capturing() || len(c.tabs[c.front].stack) > 1 {
		c.press("esc")
	}
	c.press("esc") // the filter
	if keys[len(keys)-1] == "space" {
		c.press("space")
	}
}

func hostileError(s string) error {
	return &backends.Error{Reason: backends.Unreachable, Source: s, Object: s, What: s, Advice: s}
}

// hostileSource has s in every field. "dead" is a name that the screens' keys look for.
func hostileSource(address, s string, consent backends.Consent) *viewtest.Source {
	count, rate, span := backends.ExactCount(3), backends.ExactRate(2), backends.ExactSpan(time.Minute)
	fields := []backends.Field{{Name: s, Value: []byte(s)}, {Name: "data", Value: []byte(s)}}
	queue := backends.Queue{
		Name: s, Type: s, State: s, Ready: count, Unacked: count, Total: count, Consumers: count, InRate: rate, OutRate: rate,
		NetRate: rate, Bytes: count, DeadLetterExchange: s, Policy: s, HeadTime: viewtest.Start(), Framework: s,
		States: []backends.NamedCount{{Name: s, Count: count}}, Arguments: fields,
	}
	dead, plain := queue, queue
	dead.Name, dead.Framework = "dead"+s, ""
	plain.Name, plain.Framework, plain.State = "plain"+s, "", ""
	group := backends.Group{
		Name: s, Consumers: []backends.Consumer{{Name: s, Pending: count, Idle: span}}, Pending: count, Lag: count, LastDeliveredID: s,
		OldestPending: span,
	}
	target := backends.Target{Kind: backends.KindQueue, Name: s}
	message := backends.Message{
		Target: target, Position: s, Time: viewtest.Start(), Route: "by " + s, Headers: fields, Body: []byte(s), Size: len(s) + 1,
		ContentType: s, ContentEncoding: s, Redelivered: true,
	}
	bare := backends.Message{Target: target, Headers: fields}
	inJSON := backends.Message{Target: target, Body: []byte(`{"key` + s + `":"` + s + `"}`), Size: 10}
	packed := append([]byte{0x81, 0xda, byte(len(s) >> 8), byte(len(s))}, s...)
	packed = append(append(packed, 0xda, byte(len(s)>>8), byte(len(s))), s...)
	places := []backends.Place{{Rank: 1, Member: s, Score: 1}, {Rank: 2, Member: "b" + s, Score: 0}}
	return &viewtest.Source{
		Backend: address, Address: address + "://" + s,
		Now:       backends.Status{State: backends.Live, Since: viewtest.Start(), DataAt: viewtest.Start(), Notes: []string{s}},
		QueuePage: pageOf(s, queue, dead, plain),
		StreamPage: pageOf(s, backends.Stream{
			Name: s, Type: s, Length: count, FirstID: s, LastID: s, EntriesAdded: count, InRate: rate, Bytes: count, Groups: []backends.Group{group},
		}),
		ChannelPage: pageOf(s, backends.Channel{
			Name: s, Type: s, Alternate: s, Flags: []string{s}, InRate: rate, OutRate: rate,
			Bindings: []backends.Binding{{Destination: target, RoutingKey: s, Arguments: fields}},
		}),
		LockPage: pageOf(s, backends.Lock{
			Name: s, Holder: s, TTL: span, Library: s, Confidence: 1, Reentrancy: count, FencingToken: count, Waiters: count, Mode: s,
		}),
		LeaderboardPage: pageOf(s, backends.Leaderboard{Name: s, Size: count, Top: places}),
		Places:          places,
		Report: backends.HealthReport{
			Product: s, Version: s, Role: s, Uptime: span, Connections: count, Operations: rate, MemoryUsed: count, MemoryLimit: count,
			Alarms: []backends.Alarm{{Severity: backends.Severity(s), Text: s}}, Facts: []backends.Fact{{Group: s, Name: s, Value: s}},
		},
		Plan: backends.Plan{Consent: consent, Max: 10, Effects: []string{s, "It " + s + "."}},
		Messages: []backends.Message{
			{Gap: s, Time: viewtest.Start()}, bare, inJSON, {Target: target, Body: packed, Size: len(packed)}, message,
		},
	}
}

func pageOf[T any](note string, items ...T) backends.Page[T] {
	return backends.Page[T]{Items: items, Total: backends.ExactCount(int64(len(items) + 1)), Notes: []string{note}}
}

// recordHostile stores a trace of another program, with s in every field.
func recordHostile(store *spans.Store, s string) {
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(store), sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", s))),
	)
	tracer := provider.Tracer(s)
	ctx, root := tracer.Start(context.Background(), s, trace.WithAttributes(spans.TriggerKey.String(s)))
	_, child := tracer.Start(ctx, s, trace.WithAttributes(attribute.String(s, s), attribute.StringSlice("list", []string{s})),
		trace.WithLinks(trace.Link{SpanContext: root.SpanContext(), Attributes: []attribute.KeyValue{attribute.String(s, s)}}))
	child.AddEvent(s, trace.WithAttributes(attribute.String(s, s)))
	child.SetStatus(codes.Error, s)
	child.End()
	root.SetStatus(codes.Error, s)
	root.End()
}
