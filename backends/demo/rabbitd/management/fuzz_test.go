package management

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bustop/backends/demo/rabbitd/broker"
)

// FuzzHandler lets an administrator ask for anything. No request may stop the program, and what is
// answered as JSON has to be JSON.
func FuzzHandler(f *testing.F) {
	for i, r := range routes() {
		path := strings.NewReplacer(":vhost", "%2F", ":queue", "q", ":exchange", "amq.direct", ":user", "guest", ":name", "n", ":dtype", "q",
			":source", "amq.direct", ":destination", "q", ":props", "~").Replace("/" + strings.Join(r.segments, "/"))
		f.Add(r.methods[i%len(r.methods)], path+"?page=1&columns=name,a.b&sort=x.y", `{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}`)
		f.Add("PUT", path, `{"pattern":".*","definition":{"max-length":1},"tags":"a","value":1,"configure":"","write":"","read":"","exchange":""}`)
		f.Add("POST", path, `{"properties":{"headers":{"a":[1,{"b":2.5}]}},"routing_key":"q","payload":"x","payload_encoding":"string","arguments":{}}`)
		f.Add("DELETE", path, ``)
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		path, query, _ := strings.Cut(target, "?")
		b := broker.New(broker.Options{})
		defer b.Close()
		conn, err := b.Connect(broker.ConnInfo{User: "guest", VHost: "/"}, &catcher{})
		if err != nil {
			t.Fatal(err)
		}
		ch, _ := conn.Channel(1)
		_, _ = ch.DeclareQueue(broker.QueueDeclare{Name: "q"})
		_ = ch.Publish(broker.Publishing{RoutingKey: "q", Body: []byte(body)})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL.RawPath, r.URL.Path, r.URL.RawQuery = method, path, path, query
		r.Header.Set("Content-Type", "application/json")
		r.SetBasicAuth("guest", "guest")
		w := httptest.NewRecorder()
		Handler(b, Options{}).ServeHTTP(w, r)
		if w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) {
			t.Errorf("not JSON: %.200q", w.Body)
		}
	})
}
