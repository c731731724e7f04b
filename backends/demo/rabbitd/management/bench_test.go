package management

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"bustop/backends/demo/rabbitd/broker"
)

// BenchmarkQueues asks for pages of a listing of 10,000 queues.
func BenchmarkQueues(b *testing.B) {
	core := broker.New(broker.Options{})
	defer core.Close()
	conn, err := core.Connect(broker.ConnInfo{User: "guest", VHost: "/"}, &catcher{})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel(1)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 10_000 {
		if _, err := ch.DeclareQueue(broker.QueueDeclare{Name: fmt.Sprintf("queue.%05d", i), Durable: true}); err != nil {
			b.Fatal(err)
		}
	}
	sampler := NewSampler(core, 0)
	defer sampler.Close()
	handler := Handler(core, Options{Sampler: sampler})
	for name, query := range map[string]string{
		"page": "?page=1&page_size=100&sort=name", "columns": "?page=50&page_size=100&columns=name,messages,consumers",
		"busiest": "?page=1&page_size=100&sort=messages&sort_reverse=true", "all": "",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/queues/%2F"+query, http.NoBody)
				r.SetBasicAuth("guest", "guest")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
	b.Run("sample", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sampler.take(time.Now())
		}
	})
}
