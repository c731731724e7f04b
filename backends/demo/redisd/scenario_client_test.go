package redisd_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// value is one RESP reply or push of any type of versions 2 and 3
// (redis.io/docs/latest/develop/reference/protocol-spec). Kind is its first byte on the wire, '?' for a
// reply that did not come. A map's items are its keys and values in turn.
type value struct {
	kind  byte
	text  string
	null  bool
	items []value
}

// String is the value in one line which tells every type from every other.
func (v value) String() string {
	switch {
	case v.null:
		return map[byte]string{'$': "nil-bulk", '*': "nil-array", '_': "nil"}[v.kind]
	case v.kind == '$':
		return strconv.Quote(v.text)
	case v.kind == '*':
		return "[" + join(v.items) + "]"
	case v.kind == '%':
		return "{" + join(v.items) + "}"
	case v.kind == '~':
		return "~[" + join(v.items) + "]"
	case v.kind == '>':
		return ">[" + join(v.items) + "]"
	case v.kind == '=':
		return "=" + strconv.Quote(v.text)
	}
	return string(v.kind) + v.text
}

func join(items []value) string {
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = item.String()
	}
	return strings.Join(parts, " ")
}

// patience bounds the wait for one reply.
const patience = 5 * time.Second

// wire is a connection that shows replies as they are.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	gone string // why nothing can be read any more
}

// dialWire connects. What prevents it is seen by the first read.
func dialWire(addr string) *wire {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return &wire{gone: "no connection"}
	}
	return &wire{conn: conn, in: bufio.NewReader(conn)}
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
	}
}

// encode is a command as an array of bulk strings.
func encode(words []string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&out, "$%d\r\n%s\r\n", len(word), word)
	}
	return out.String()
}

// send writes one command.
func (w *wire) send(words ...string) { w.raw(encode(words)) }

// raw writes bytes. That the other side is gone is seen by the next read.
func (w *wire) raw(bytes string) {
	if w.gone != "" {
		return
	}
	_ = w.conn.SetWriteDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(w.conn, bytes)
}

// next is the next reply or push; what prevents it is a value of kind '?'.
func (w *wire) next() value {
	if w.gone != "" {
		return value{kind: '?', text: w.gone}
	}
	_ = w.conn.SetReadDeadline(time.Now().Add(patience))
	v, err := w.read()
	switch {
	case err == nil:
		return v
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.gone = "no reply"
	case errors.Is(err, errNotRESP):
		w.gone = err.Error()
	default: // end of file or a reset: which of them depends on timing
		w.gone = "closed"
	}
	return value{kind: '?', text: w.gone}
}

// do sends a command and reads one reply.
func (w *wire) do(words ...string) value {
	w.send(words...)
	return w.next()
}

var errNotRESP = errors.New("not RESP")

func (w *wire) read() (value, error) {
	line, err := w.in.ReadString('\n')
	if err != nil {
		return value{}, err
	}
	line, ok := strings.CutSuffix(line, "\r\n")
	if !ok || line == "" {
		return value{}, fmt.Errorf("%w: line %q", errNotRESP, line)
	}
	v := value{kind: line[0], text: line[1:]}
	switch v.kind {
	case '+', '-', ':', ',', '#', '(':
		return v, nil
	case '_':
		v.null = true
		return v, nil
	case '$', '=', '*', '%', '~', '>':
		return w.rest(v)
	}
	return value{}, fmt.Errorf("%w: line %q", errNotRESP, line)
}

// rest reads what follows the first line of a value that has a length.
func (w *wire) rest(v value) (value, error) {
	n, err := strconv.Atoi(v.text)
	v.text = ""
	switch {
	case err != nil || n < -1:
		return v, fmt.Errorf("%w: length of %c", errNotRESP, v.kind)
	case n == -1:
		v.null = true
		return v, nil
	case v.kind == '$' || v.kind == '=':
		body := make([]byte, n+2)
		if _, err := io.ReadFull(w.in, body); err != nil {
			return v, err
		}
		if string(body[n:]) != "\r\n" {
			return v, fmt.Errorf("%w: end of %q", errNotRESP, body)
		}
		v.text = string(body[:n])
		return v, nil
	case v.kind == '%':
		n *= 2
	}
	for range n {
		item, err := w.read()
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	return v, nil
}
