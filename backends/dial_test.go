package backends_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"bustop/backends"
)

func TestDialOr(t *testing.T) {
	own := errors.New("own")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := backends.Options{}.DialOr(&net.Dialer{})(ctx, "tcp", "127.0.0.1:1")
	if err == nil || errors.Is(err, own) {
		t.Errorf("without Dial: error %v, want one of the network", err)
	}
	opt := backends.Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, own }}
	if _, err := opt.DialOr(&net.Dialer{})(ctx, "tcp", "127.0.0.1:1"); !errors.Is(err, own) {
		t.Errorf("with Dial: error %v, want %v", err, own)
	}
}
