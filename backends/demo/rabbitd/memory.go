package rabbitd

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// memoryHost stands for the address of a server that does not listen: nothing can be there.
const memoryHost = "127.0.0.1:1"

// A pipeListener hands out connections in memory.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	last  atomic.Uint32 // number of the last connection
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return memoryAddr(0) }

// The made-up ports of clients in memory are those that Linux gives to clients.
const (
	firstPort = 32768
	ports     = 28232
)

// dial makes a connection. Its ends have addresses, so that connections in memory have names that
// differ, as those of sockets have.
func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	us, them := memoryAddr(0), memoryAddr(firstPort+l.last.Add(1)%ports)
	select {
	case l.conns <- pipe{server, us, them}:
		return pipe{client, them, us}, nil
	case <-l.done:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipe struct {
	net.Conn
	local, remote net.Addr
}

func (p pipe) LocalAddr() net.Addr  { return p.local }
func (p pipe) RemoteAddr() net.Addr { return p.remote }

func memoryAddr(port uint32) net.Addr {
	host := netip.MustParseAddrPort(memoryHost)
	if port != 0 {
		host = netip.AddrPortFrom(host.Addr(), uint16(port))
	}
	return net.TCPAddrFromAddrPort(host)
}
