package management

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/broker"
)

// ask sends a request to a handler as guest.
func ask(t *testing.T, h http.Handler, path string, into any) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	r.SetBasicAuth("guest", "guest")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatalf("%s: %v: %s", path, err, w.Body)
	}
	return w.Code
}

type detail struct {
	Rate    float64
	Avg     float64
	AvgRate float64 `json:"avg_rate"`
	Samples []struct {
		Sample    int
		Timestamp int64
	}
}

// Ten messages a second go in for two minutes, four are taken.
func TestRatesOfABroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := broker.New(broker.Options{})
		defer b.Close()
		sampler := NewSampler(b, time.Second)
		defer sampler.Close()
		conn, err := b.Connect(broker.ConnInfo{User: "guest", VHost: "/"}, &catcher{})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		ch, err := conn.Channel(1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ch.DeclareQueue(broker.QueueDeclare{Name: "q"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond) // between two samplings
		for range 120 {
			for i := range 10 {
				if err := ch.Publish(broker.Publishing{RoutingKey: "q", Body: []byte("x")}); err != nil {
					t.Fatal(err)
				}
				if i < 4 {
					if m, err := ch.Get("q", true); m == nil || err != nil {
						t.Fatal(m, err)
					}
				}
			}
			time.Sleep(time.Second)
		}
		checkRates(t, Handler(b, Options{Sampler: sampler}))
		time.Sleep(5 * time.Second)
		var q struct {
			Stats struct {
				Publish detail `json:"publish_details"`
			} `json:"message_stats"`
		}
		if ask(t, Handler(b, Options{Sampler: sampler}), "/api/queues/%2F/q", &q); q.Stats.Publish.Rate != 0 {
			t.Errorf("nothing comes and the rate is %v", q.Stats.Publish.Rate)
		}
	})
}

func checkRates(t *testing.T, h http.Handler) {
	t.Helper()
	for path, scale := range map[string]float64{"/api/queues/%2F/q": 1, "/api/vhosts/%2F": 1, "/api/overview": 1} {
		var got struct {
			Stats struct {
				Publish detail `json:"publish_details"`
				Get     detail `json:"get_no_ack_details"`
			} `json:"message_stats"`
			Messages detail `json:"messages_details"`
		}
		ask(t, h, path, &got)
		if got.Stats.Publish.Rate != 10*scale || got.Stats.Get.Rate != 4*scale {
			t.Errorf("%s: rates %v and %v", path, got.Stats.Publish.Rate, got.Stats.Get.Rate)
		}
	}
	var q struct {
		Stats struct {
			Publish detail `json:"publish_details"`
		} `json:"message_stats"`
		Messages detail `json:"messages_details"`
	}
	ask(t, h, "/api/queues/%2F/q?msg_rates_age=60&msg_rates_incr=10&lengths_age=60&lengths_incr=10", &q)
	if d := q.Stats.Publish; len(d.Samples) != 7 || d.Rate < 5 || d.Rate > 15 || d.AvgRate < 9 || d.AvgRate > 11 {
		t.Errorf("history of publishing: %+v", d)
	}
	if d := q.Messages; d.AvgRate < 5 || d.AvgRate > 7 || d.Samples[0].Timestamp-d.Samples[6].Timestamp != 60_000 {
		t.Errorf("history of length: %+v", d)
	}
}
