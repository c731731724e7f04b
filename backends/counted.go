package backends

import (
	"net"
	"syscall"
)

// Counted returns conn with its bytes counted into the vitals.
func Counted(conn net.Conn, v *Vitals) net.Conn {
	c := &countedConn{conn, v}
	if raw, ok := conn.(syscall.Conn); ok {
		return &countedRawConn{c, raw}
	}
	return c
}

type countedConn struct {
	net.Conn
	vitals *Vitals
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.vitals.Traffic(n, 0)
	return n, err
}

func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.vitals.Traffic(0, n)
	return n, err
}

// countedRawConn passes the socket on as well, where there is one: by it a client library sees,
// before it sends, that the server has hung up.
type countedRawConn struct {
	*countedConn
	raw syscall.Conn
}

// SyscallConn implements syscall.Conn.
func (c *countedRawConn) SyscallConn() (syscall.RawConn, error) { return c.raw.SyscallConn() }
