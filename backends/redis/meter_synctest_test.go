package redis_test

import (
	"context"
	"net"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/backends/demo/redisd"
	"bustop/backends/redis"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// The span of a tail's last message ends although no other message comes and the tail goes on.
func TestQuietTailEndsItsSpan(t *testing.T) {
	for _, span := range []string{"process orders", "xread orders"} {
		t.Run(span, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { quietTail(t, span) })
		})
	}
}

func quietTail(t *testing.T, span string) {
	server, err := redisd.Start(redisd.Options{NoListen: true})
	must(t, err)
	defer server.Close()
	ended := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended))
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return server.Dial(ctx) }
	src, err := redis.Driver().Open(&url.URL{Scheme: "redis", Host: "memory"}, backends.Options{Dial: dial, Tracer: tracer})
	must(t, err)
	defer src.Close()
	conn, err := server.Dial(t.Context())
	must(t, err)
	defer conn.Close()
	say := func(line string) {
		_, err := conn.Write([]byte(line + "\r\n"))
		must(t, err)
		synctest.Wait()
	}
	var tail *backends.Tail
	word := "PUBLISH orders one"
	if span == "xread orders" {
		say("XADD orders * k first")
		word = "XADD orders * k one"
		tail, err = src.Roles().Streams.TailStream(t.Context(), "orders")
	} else {
		look := backends.Look{Target: backends.Target{Kind: backends.KindChannel, Name: "orders"}}
		tail, err = src.Roles().Channels.Tap(t.Context(), look)
	}
	must(t, err)
	defer tail.Close()
	synctest.Wait()
	say(word)
	time.Sleep(4 * time.Second)
	if n := endedNamed(ended, span); n != 0 {
		t.Errorf("after 4 s %d spans have ended, want none", n)
	}
	time.Sleep(4 * time.Second)
	if n := endedNamed(ended, span); n != 1 {
		t.Errorf("after 8 s %d spans have ended, want 1", n)
	}
}

func endedNamed(r *tracetest.SpanRecorder, name string) (n int) {
	for _, s := range r.Ended() {
		if s.Name() == name {
			n++
		}
	}
	return n
}
