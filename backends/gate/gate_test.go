package gate

import (
	"bytes"
	"errors"
	"net"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"bustop/backends"
)

// wire records what passes the gate.
type wire struct {
	net.Conn
	sent bytes.Buffer
	fail error
}

func (w *wire) Write(p []byte) (int, error) {
	if w.fail != nil {
		n, _ := w.sent.Write(p[:len(p)/2])
		return n, w.fail
	}
	return w.sent.Write(p)
}

// pour writes stream in pieces that end at cuts and returns what passed and the first error.
func pour(open func(net.Conn) net.Conn, stream []byte, cuts []int) ([]byte, error) {
	w := &wire{}
	conn := open(w)
	start := 0
	for _, end := range append(cuts, len(stream)) {
		if end < start || end > len(stream) {
			continue
		}
		if _, err := conn.Write(stream[start:end]); err != nil {
			return w.sent.Bytes(), err
		}
		start = end
	}
	return w.sent.Bytes(), nil
}

// sameInPieces checks that cutting a stream changes neither verdict nor what is forwarded.
func sameInPieces(t rapid.TB, open func(net.Conn) net.Conn, stream []byte, cuts []int) []byte {
	whole, err := pour(open, stream, nil)
	pieces, errPieces := pour(open, stream, cuts)
	if !bytes.Equal(whole, pieces) {
		t.Fatalf("in one write %q passes, in pieces %q", whole, pieces)
	}
	if (err == nil) != (errPieces == nil) || (err != nil && err.Error() != errPieces.Error()) {
		t.Fatalf("in one write the error is %v, in pieces %v", err, errPieces)
	}
	if !bytes.HasPrefix(stream, whole) {
		t.Fatalf("%q was forwarded of %q", whole, stream)
	}
	return whole
}

// cutter draws ascending places to cut a stream of n bytes at.
func cutter(t *rapid.T, n int) []int {
	var cuts []int
	for at := 0; at < n; {
		at += rapid.IntRange(1, max(1, n/3)).Draw(t, "piece")
		cuts = append(cuts, at)
	}
	return cuts
}

func TestRefusalIsRecognised(t *testing.T) {
	var err error = &Refusal{What: "FLUSHALL"}
	if !errors.Is(err, backends.ErrRefused) || backends.ReasonOf(err) != backends.NotAllowed {
		t.Fatalf("%v: not recognised as a refusal", err)
	}
	if got, want := err.Error(), "refused: FLUSHALL: not on the list of what only reads"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestNothingPassesAfterARefusal(t *testing.T) {
	w := &wire{}
	conn := Redis(w)
	batch := resp("PING") + resp("SET", "k", "v") + resp("GET", "k")
	n, err := conn.Write([]byte(batch))
	if n != len(resp("PING")) || !errors.Is(err, backends.ErrRefused) {
		t.Fatalf("wrote %d, %v", n, err)
	}
	if _, err := conn.Write([]byte(resp("PING"))); !errors.Is(err, backends.ErrRefused) {
		t.Fatalf("the connection takes more after a refusal: %v", err)
	}
	if got := w.sent.String(); got != resp("PING") {
		t.Fatalf("forwarded %q", got)
	}
}

func TestABrokenConnectionStaysBroken(t *testing.T) {
	w := &wire{fail: syscall.EPIPE}
	conn := Redis(w)
	if _, err := conn.Write([]byte(resp("PING"))); !errors.Is(err, syscall.EPIPE) {
		t.Fatalf("got %v", err)
	}
	w.fail = nil
	if _, err := conn.Write([]byte(resp("PING"))); !errors.Is(err, syscall.EPIPE) {
		t.Fatalf("half a command was followed by another: %v", err)
	}
}

func TestRawWritesAreRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	plain, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	raw, err := Redis(plain).(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Write(func(uintptr) bool { return true }); !errors.Is(err, backends.ErrRefused) {
		t.Fatalf("a raw write passes: %v", err)
	}
	read := false
	if err := raw.Read(func(uintptr) bool { read = true; return true }); err != nil || !read {
		t.Fatalf("a raw read does not pass: %v", err)
	}
	if _, ok := Redis(&wire{}).(syscall.Conn); ok {
		t.Fatal("a connection without a socket claims to have one")
	}
}
