package redis_test

import (
	"testing"

	"bustop/backends/conformance"
	"bustop/backends/demo/redisd"
)

// TestConformanceEmbedded runs the same suite on the server that the demo has inside.
func TestConformanceEmbedded(t *testing.T) {
	server, err := redisd.Start(redisd.Options{Password: password})
	must(t, err)
	t.Cleanup(server.Close)
	conformance.Run(t, world(t, server.Addr(), server.Kill, server.Restart))
}
