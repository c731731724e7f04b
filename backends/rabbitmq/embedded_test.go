package rabbitmq

import (
	"testing"

	"bustop/backends/demo/rabbitd"
)

// TestConformanceEmbedded runs the suite on the demo's own broker: what works there works on
// RabbitMQ, and the other way round.
func TestConformanceEmbedded(t *testing.T) {
	s, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	conform(t, s, s.Kill, s.Restart)
}
