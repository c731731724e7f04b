package rabbitd_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Frame types and the end octet (AMQP 0-9-1, section 4.2.3).
const (
	methodFrame    = 1
	headerFrame    = 2
	bodyFrame      = 3
	heartbeatFrame = 8
	frameEnd       = 0xCE
)

// amqpHeader opens a connection.
const amqpHeader = "AMQP\x00\x00\x09\x01"

// raw is a socket on which a scene says what no client library would.
type raw struct {
	s *scene
	c net.Conn
	r *bufio.Reader
}

// long is a long string; a plain string is written as a short one, bytes as they are.
type long string

func (s *scene) raw() *raw {
	c, err := net.DialTimeout("tcp", s.amqp, patience)
	s.must(err, "dial")
	s.after(func() { _ = c.Close() })
	s.must(c.SetDeadline(time.Now().Add(2*patience)), "deadline")
	return &raw{s: s, c: c, r: bufio.NewReader(c)}
}

// write sends bytes; a server that has hung up already is seen when reading.
func (w *raw) write(b []byte) { _, _ = w.c.Write(b) }

func arguments(args ...any) []byte {
	var b []byte
	for _, a := range args {
		switch a := a.(type) {
		case string:
			b = append(append(b, byte(len(a))), a...)
		case long:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(a))), a...)
		case []byte:
			b = append(b, a...)
		case int:
			b = append(b, byte(a))
		case uint16:
			b = binary.BigEndian.AppendUint16(b, a)
		case uint32:
			b = binary.BigEndian.AppendUint32(b, a)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, a)
		default:
			panic(fmt.Sprintf("argument %T", a))
		}
	}
	return b
}

// noTable is an empty field table.
func noTable() []byte { return []byte{0, 0, 0, 0} }

func encodeFrame(kind byte, channel uint16, payload []byte) []byte {
	b := []byte{kind}
	b = binary.BigEndian.AppendUint16(b, channel)
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	return append(append(b, payload...), frameEnd)
}

func (w *raw) frame(kind byte, channel uint16, payload []byte) {
	w.write(encodeFrame(kind, channel, payload))
}

func (w *raw) method(channel, class, id uint16, args ...any) {
	w.frame(methodFrame, channel, append(arguments(class, id), arguments(args...)...))
}

// header sends a content header without properties.
func (w *raw) header(channel uint16, size uint64) {
	w.frame(headerFrame, channel, arguments(uint16(60), uint16(0), size, uint16(0)))
}

// read reads a frame and skips heartbeats.
func (w *raw) read() (kind byte, channel uint16, payload []byte, err error) {
	for {
		var head [7]byte
		if _, err = io.ReadFull(w.r, head[:]); err != nil {
			return 0, 0, nil, err
		}
		if string(head[:4]) == "AMQP" {
			rest, _ := w.r.ReadByte()
			return 'A', 0, append(head[4:], rest), nil
		}
		kind, channel = head[0], binary.BigEndian.Uint16(head[1:])
		payload = make([]byte, binary.BigEndian.Uint32(head[3:])+1)
		if _, err = io.ReadFull(w.r, payload); err != nil {
			return 0, 0, nil, err
		}
		if kind != heartbeatFrame {
			return kind, channel, payload[:len(payload)-1], nil
		}
	}
}

// next says the next frame and returns its class and method.
func (w *raw) next() string {
	kind, channel, payload, err := w.read()
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			w.s.stop("nothing came on the socket")
		}
		w.s.say("← end of connection")
		return "end"
	}
	text := showFrame(kind, payload)
	w.s.say("← %d: %s", channel, text)
	name, _, _ := strings.Cut(text, " ")
	return name
}

// last says frames until the connection ends, answering connection.close.
func (w *raw) last() {
	for {
		switch w.next() {
		case "end":
			return
		case "connection.close":
			w.method(0, 10, 51)
		}
	}
}

// expect reads on until a method comes, which has to come.
func (w *raw) expect(name string) []byte {
	for {
		kind, _, payload, err := w.read()
		w.s.must(err, "waiting for "+name)
		if text := showFrame(kind, payload); strings.HasPrefix(text, name) {
			return payload
		} else if strings.HasPrefix(text, "connection.close") {
			w.s.stop("waiting for %s: %s", name, text)
		}
	}
}

// start sends the protocol header and waits for connection.start.
func (w *raw) start() {
	w.write([]byte(amqpHeader))
	w.expect("connection.start")
}

// startOK answers connection.start as guest, with these client properties.
func (w *raw) startOK(properties []byte, mechanism string, response string) {
	w.method(0, 10, 11, properties, mechanism, long(response), "en_US")
}

// tuned takes the connection up to the point where connection.open is awaited.
func (w *raw) tuned(channelMax uint16, frameMax uint32, heartbeat uint16) {
	w.start()
	w.startOK(noTable(), "PLAIN", "\x00guest\x00guest")
	w.expect("connection.tune")
	w.method(0, 10, 31, channelMax, frameMax, heartbeat)
}

// open makes an open connection, channel 1 on it, and returns the socket.
func (w *raw) open() *raw {
	w.tuned(2047, 131072, 0)
	w.method(0, 10, 40, vhost, "", 0)
	w.expect("connection.open-ok")
	w.method(1, 20, 10, "")
	w.expect("channel.open-ok")
	return w
}

func showFrame(kind byte, payload []byte) string {
	switch kind {
	case 'A':
		return fmt.Sprintf("protocol-header %v", payload)
	case headerFrame:
		return fmt.Sprintf("header class=%d size=%d flags=%x", binary.BigEndian.Uint16(payload),
			binary.BigEndian.Uint64(payload[4:]), binary.BigEndian.Uint16(payload[12:]))
	case bodyFrame:
		return "body " + showBody(payload)
	case methodFrame:
		if len(payload) >= 4 {
			return showMethod(binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:]), payload[4:])
		}
	}
	return fmt.Sprintf("frame type %d with %d bytes", kind, len(payload))
}

func showMethod(class, id uint16, args []byte) string {
	short := func(b []byte) (string, []byte) { return string(b[1 : 1+int(b[0])]), b[1+int(b[0]):] }
	switch [2]uint16{class, id} {
	case [2]uint16{10, 10}:
		return fmt.Sprintf("connection.start version=%d.%d", args[0], args[1])
	case [2]uint16{10, 30}:
		return fmt.Sprintf("connection.tune channel-max=%d frame-max=%d heartbeat=%d",
			binary.BigEndian.Uint16(args), binary.BigEndian.Uint32(args[2:]), binary.BigEndian.Uint16(args[6:]))
	case [2]uint16{10, 41}:
		return "connection.open-ok"
	case [2]uint16{10, 50}, [2]uint16{20, 40}:
		text, rest := short(args[2:])
		name := map[uint16]string{10: "connection.close", 20: "channel.close"}[class]
		return fmt.Sprintf("%s %d %q after %d.%d", name, binary.BigEndian.Uint16(args), text,
			binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:]))
	case [2]uint16{10, 51}:
		return "connection.close-ok"
	case [2]uint16{20, 11}:
		return "channel.open-ok"
	case [2]uint16{20, 41}:
		return "channel.close-ok"
	case [2]uint16{60, 80}:
		return fmt.Sprintf("basic.ack tag=%d multiple=%d", binary.BigEndian.Uint64(args), args[8])
	}
	return fmt.Sprintf("method %d.%d %q", class, id, args)
}
