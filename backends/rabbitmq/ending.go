package rabbitmq

import (
	"net"
	"sync"

	"bustop/backends/rabbitmq/management"
)

// ending remembers why reading from a connection ended. It stands above TLS: in TLS 1.3 a server says
// only after the handshake that it does not take our certificate, and the library keeps only the words.
type ending struct {
	net.Conn
	mu  sync.Mutex
	err error
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.Conn.Read(p)
	if err != nil {
		e.mu.Lock()
		if e.err == nil {
			e.err = err
		}
		e.mu.Unlock()
	}
	return n, err
}

// alert is what the server had against our side of TLS, nil if nothing.
func (e *ending) alert() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if management.Alert(e.err) != "" {
		return e.err
	}
	return nil
}
