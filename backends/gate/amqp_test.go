package gate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

const greeting = "AMQP\x00\x00\x09\x01"

// frame encodes one frame as section 2.3.5 of the specification draws it.
func frame(kind byte, channel uint16, payload string) string {
	b := binary.BigEndian.AppendUint16([]byte{kind}, channel)
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	return string(b) + payload + "\xCE"
}

func method(class, id uint16, args string) string {
	b := binary.BigEndian.AppendUint16(nil, class)
	return frame(1, 1, string(binary.BigEndian.AppendUint16(b, id))+args)
}

func short(s string) string { return string([]byte{byte(len(s))}) + s }
func long(s string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s
}

const (
	noTable  = "\x00\x00\x00\x00"
	reserved = "\x00\x00"
)

// harmless are arguments with which a method passes that asks for some; declare, consume, get,
// nack and bind do.
func harmless() map[methodID]string {
	own := short("amq.gen-JzTY20BRgKO")
	return map[methodID]string{
		{50, 10}:  reserved + short("") + "\x0c" + noTable,
		{50, 20}:  reserved + own + short("orders") + short("#") + "\x00" + noTable,
		{50, 50}:  reserved + own + short("orders") + short("#") + noTable,
		{60, 20}:  reserved + own + short("tag") + "\x00" + noTable,
		{60, 70}:  reserved + short("orders") + "\x00",
		{60, 120}: "\x00\x00\x00\x00\x00\x00\x00\x01\x02",
	}
}

func amqpVerdict(t *testing.T, frames string) error {
	t.Helper()
	sent, err := pour(AMQP, []byte(greeting+frames), nil)
	if err == nil && string(sent) != greeting+frames {
		t.Fatalf("%q: no error, forwarded %q", frames, sent)
	}
	if err != nil && !errors.Is(err, backends.ErrRefused) {
		t.Fatalf("%q: %v", frames, err)
	}
	return err
}

func TestEveryAMQPMethod(t *testing.T) {
	allowed := []methodID{
		{10, 11},
		{10, 21},
		{10, 31},
		{10, 40},
		{10, 50},
		{10, 51},
		{20, 10},
		{20, 21},
		{20, 40},
		{20, 41},
		{50, 10},
		{50, 20},
		{50, 50},
		{60, 10},
		{60, 20},
		{60, 30},
		{60, 70},
		{60, 80},
		{60, 120},
	}
	for class := range uint16(256) {
		for id := range uint16(256) {
			m := methodID{class, id}
			err := amqpVerdict(t, method(class, id, harmless()[m]))
			if got, want := err == nil, slices.Contains(allowed, m); got != want {
				t.Errorf("class %d method %d passes: %v, want %v (%v)", class, id, got, want, err)
			}
		}
	}
}

func TestAMQPArguments(t *testing.T) {
	declare := func(name string, bits byte, table string) string {
		return method(50, 10, reserved+short(name)+string([]byte{bits})+long(table))
	}
	consume := func(name string, bits byte, table string) string {
		return method(60, 20, reserved+short(name)+short("tag")+string([]byte{bits})+long(table))
	}
	deadTo := func(exchange, key string) string {
		return short("x-dead-letter-exchange") + "S" + long(exchange) + short("x-dead-letter-routing-key") + "S" + long(key)
	}
	bounds := short("x-max-length") + "I\x00\x00\x03\xe8" + short("x-overflow") + "S" + long("drop-head")
	offset := short("x-stream-offset") + "S" + long("first")
	get := method(60, 70, reserved+short("orders")+"\x00")
	ack := method(60, 80, "\x00\x00\x00\x00\x00\x00\x00\x01\x00")
	own := "amq.gen-JzTY20BRgKO"
	cases := []struct {
		what   string
		frames string
		passes bool
	}{
		{"declare a tap", declare("", 0x0c, bounds+deadTo("", "bustop.discard")), true},
		{"declare a tap without waiting", declare("", 0x1c, ""), true},
		{"declare by name", declare("orders", 0x0c, ""), false},
		{"declare as if generated", declare(own, 0x0c, ""), false},
		{"declare passively", declare("", 0x0d, ""), false},
		{"declare passively by name", declare("orders", 0x01, ""), false},
		{"declare durable", declare("", 0x0e, ""), false},
		{"declare not exclusive", declare("", 0x08, ""), false},
		{"declare not auto-delete", declare("", 0x04, ""), false},
		{"dead letters to an exchange", declare("", 0x0c, deadTo("dlx", "x.discard")), false},
		{"dead letters to a queue", declare("", 0x0c, deadTo("", "orders")), false},
		{"dead letters by a number", declare("", 0x0c, short("x-dead-letter-exchange")+"I\x00\x00\x00\x00"), false},
		{"dead letters without a key", declare("", 0x0c, short("x-dead-letter-exchange")+"S"+long("")), false},
		{"dead letters told twice", declare("", 0x0c, deadTo("", "x.discard")+deadTo("dlx", "x")), false},
		{"a table that is cut off", declare("", 0x0c, short("x-max-length")+"I\x00"), false},
		{"a table with an unknown type", declare("", 0x0c, short("x")+"?"), false},
		{"trailing bytes", method(50, 10, reserved+short("")+"\x0c"+noTable+"x"), false},
		{"a table of every type", declare("", 0x0c, everyType()), true},
		{"bind another's queue", method(50, 20, reserved+short("orders")+short("x")+short("#")+"\x00"+noTable), false},
		{"bind the last queue declared", method(50, 20, reserved+short("")+short("x")+short("#")+"\x00"+noTable), false},
		{"unbind another's queue", method(50, 50, reserved+short("orders")+short("x")+short("#")+noTable), false},
		{"consume from a stream", consume("events", 0, offset), true},
		{"consume from a stream, acknowledging by itself", consume("events", 2, offset), false},
		{"consume from a stream alone", consume("events", 4, offset), false},
		{"consume from a queue", consume("orders", 0, ""), false},
		{"consume from a queue with a nested offset", consume("orders", 0, short("a")+"F"+long(offset)), false},
		{"consume from a tap, acknowledging by itself", consume(own, 2, ""), true},
		{"get and acknowledge at once", method(60, 70, reserved+short("orders")+"\x01"), false},
		{"get and acknowledge", get + ack, false},
		{"acknowledge what was consumed", consume(own, 0, "") + ack, true},
		{"acknowledge on a channel opened anew", get + method(20, 10, short("")) + ack, true},
		{"put all back", get + method(60, 120, "\x00\x00\x00\x00\x00\x00\x00\x00\x03"), true},
		{"throw away", get + method(60, 120, "\x00\x00\x00\x00\x00\x00\x00\x00\x00"), false},
		{"throw all away", get + method(60, 120, "\x00\x00\x00\x00\x00\x00\x00\x00\x01"), false},
		{"a nack that is cut off", get + method(60, 120, "\x00"), false},
		{"heartbeat", frame(8, 0, ""), true},
		{"heartbeat with something in it", frame(8, 0, "x"), false},
		{"content header", frame(2, 1, "\x00\x3c\x00\x00"), false},
		{"content body", frame(3, 1, "hello"), false},
		{"unknown frame type", frame(4, 1, ""), false},
		{"a method that is cut off", frame(1, 1, "\x00\x3c"), false},
		{"a frame without its end", strings.TrimSuffix(frame(8, 0, ""), "\xCE") + "x", false},
		{"a frame that claims too much", "\x01\x00\x01\x7f\xff\xff\xff", false},
	}
	for _, c := range cases {
		if err := amqpVerdict(t, c.frames); (err == nil) != c.passes {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// everyType is a table with one value of each type that RabbitMQ knows.
func everyType() string {
	var b strings.Builder
	for i, value := range []string{
		"V", "t\x01", "b\x01", "B\x01", "s\x00\x01", "u\x00\x01", "I\x00\x00\x00\x01", "i\x00\x00\x00\x01", "f\x00\x00\x00\x00",
		"D\x02\x00\x00\x00\x01", "l\x00\x00\x00\x00\x00\x00\x00\x01", "d\x00\x00\x00\x00\x00\x00\x00\x00",
		"T\x00\x00\x00\x00\x00\x00\x00\x01", "S" + long("x"), "x" + long("x"), "A" + long("t\x01"), "F" + long(short("k")+"V"),
	} {
		b.WriteString(short(string(rune('a'+i))) + value)
	}
	return b.String()
}

func TestAMQPBeginsWithItsHeader(t *testing.T) {
	for _, stream := range []string{"AMQP\x00\x01\x00\x00", "AMQP\x03\x01\x00\x00", "GET / HTTP", "\x16\x03\x01", frame(8, 0, "")} {
		if sent, err := pour(AMQP, []byte(stream), nil); !errors.Is(err, backends.ErrRefused) || len(sent) > 0 {
			t.Errorf("%q: %v, forwarded %q", stream, err, sent)
		}
	}
}

func TestAMQPChunkingChangesNothing(t *testing.T) {
	pieces := []string{
		frame(8, 0, ""), frame(3, 1, "x"), method(60, 40, ""), method(60, 80, "\x00\x00\x00\x00\x00\x00\x00\x01\x00"),
		method(20, 10, "\x00"), method(10, 31, "\x00\x00"), "\x01\x00", "\x01\x00\x01\x7f\xff\xff\xff",
	}
	for id, args := range harmless() {
		pieces = append(pieces, method(id.class, id.method, args))
	}
	slices.Sort(pieces)
	rapid.Check(t, func(t *rapid.T) {
		stream := []byte(greeting + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8).Draw(t, "frames"), ""))
		if n := rapid.IntRange(-20, len(stream)-1).Draw(t, "flip"); n >= 0 {
			stream[n] ^= rapid.Byte().Draw(t, "mask")
		}
		onlyAllowedAMQP(t, sameInPieces(t, AMQP, stream, cutter(t, len(stream))))
	})
}

func FuzzAMQP(f *testing.F) {
	for id, args := range harmless() {
		f.Add([]byte(greeting+method(id.class, id.method, args)), uint16(3), uint16(9))
	}
	f.Add([]byte(greeting+frame(8, 0, "")+method(60, 40, "")), uint16(8), uint16(20))
	f.Add([]byte(greeting+method(50, 10, reserved+short("")+"\x0c"+long(everyType()))), uint16(8), uint16(30))
	f.Fuzz(func(t *testing.T, stream []byte, a, b uint16) {
		cuts := []int{int(min(a, b)), int(max(a, b))}
		onlyAllowedAMQP(t, sameInPieces(t, AMQP, stream, cuts))
	})
}

// onlyAllowedAMQP cuts what was forwarded into frames by their lengths alone and looks for what
// must never be there.
func onlyAllowedAMQP(t rapid.TB, sent []byte) {
	rest := bytes.TrimPrefix(sent, []byte(greeting))
	if len(sent) > 0 && len(rest) == len(sent) {
		t.Fatalf("forwarded without the header: %q", sent)
	}
	for len(rest) > 0 {
		if len(rest) < 8 {
			t.Fatalf("half a frame was forwarded: %q", rest)
		}
		size := int(binary.BigEndian.Uint32(rest[3:]))
		if len(rest) < size+8 || rest[size+7] != frameEnd {
			t.Fatalf("half a frame was forwarded: %q", rest)
		}
		payload := rest[7 : size+7]
		switch {
		case rest[0] == 8 && size == 0:
		case rest[0] != 1 || size < 4:
			t.Fatalf("forwarded: %q", rest)
		default:
			class, id := binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:])
			bad := class == 50 && (id == 30 || id == 40) || class == 60 && (id == 40 || id == 90 || id == 100 || id == 110)
			if bad || !slices.Contains([]uint16{10, 20, 50, 60}, class) {
				t.Fatalf("forwarded class %d method %d", class, id)
			}
		}
		rest = rest[size+8:]
	}
}

// TestAMQPClientWorksBehindTheGate lets amqp091-go look into a queue and at a stream and tap an
// exchange on a real server, and shows that writes do not arrive.
func TestAMQPClientWorksBehindTheGate(t *testing.T) {
	server := testkit.RabbitMQ(t, servers.RabbitOptions{NoManagement: true})
	direct := channelOf(t, server.URL(), nil)
	for queue, args := range map[string]amqp.Table{"orders": nil, "events": {"x-queue-type": "stream"}} {
		if _, err := direct.QueueDeclare(queue, true, false, false, false, args); err != nil {
			t.Fatal(err)
		}
		if err := direct.PublishWithContext(t.Context(), "", queue, false, false, amqp.Publishing{Body: []byte("hello")}); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Eventually(t, "the messages arrive", func() bool { return depth(t, direct, "orders") == 1 })

	peekThroughGate(t, server.URL())
	testkit.Eventually(t, "the message is back", func() bool { return depth(t, direct, "orders") == 1 })

	ch := channelOf(t, server.URL(), AMQP)
	if err := ch.Qos(10, 0, false); err != nil {
		t.Fatal(err)
	}
	events, err := ch.Consume("events", "", false, false, false, false, amqp.Table{"x-stream-offset": "first"})
	if err != nil {
		t.Fatal(err)
	}
	m := <-events
	if err := m.Ack(false); err != nil || string(m.Body) != "hello" {
		t.Fatalf("from the stream: %q, %v", m.Body, err)
	}
	tapThroughGate(t, server.URL(), direct)
	writesDoNotPass(t, server.URL())
	if n := depth(t, direct, "orders"); n != 1 {
		t.Fatalf("%d messages are left, want 1", n)
	}
}

func peekThroughGate(t *testing.T, url string) {
	t.Helper()
	ch := channelOf(t, url, AMQP)
	m, ok, err := ch.Get("orders", false)
	if err != nil || !ok || string(m.Body) != "hello" {
		t.Fatalf("get: %q %v %v", m.Body, ok, err)
	}
	if err := ch.Nack(m.DeliveryTag, true, true); err != nil {
		t.Fatal(err)
	}
	if err := ch.Close(); err != nil {
		t.Fatal(err)
	}
}

func tapThroughGate(t *testing.T, url string, direct *amqp.Channel) {
	t.Helper()
	ch := channelOf(t, url, AMQP)
	q, err := ch.QueueDeclare("", false, true, true, false, amqp.Table{
		"x-max-length": int32(1000), "x-overflow": "drop-head", "x-expires": int32(60000),
		"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "bustop.discard",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.QueueBind(q.Name, "#", "amq.topic", false, nil); err != nil {
		t.Fatal(err)
	}
	tapped, err := ch.Consume(q.Name, "", false, true, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := direct.PublishWithContext(t.Context(), "amq.topic", "a.b", false, false, amqp.Publishing{Body: []byte("flow")}); err != nil {
		t.Fatal(err)
	}
	m := <-tapped
	if err := m.Ack(false); err != nil || string(m.Body) != "flow" {
		t.Fatalf("tapped %q, %v", m.Body, err)
	}
	if err := ch.QueueUnbind(q.Name, "#", "amq.topic", nil); err != nil {
		t.Fatal(err)
	}
}

func writesDoNotPass(t *testing.T, url string) {
	t.Helper()
	for name, write := range map[string]func(*amqp.Channel) error{
		"publish": func(ch *amqp.Channel) error {
			return ch.PublishWithContext(t.Context(), "", "orders", false, false, amqp.Publishing{Body: []byte("x")})
		},
		"purge":  func(ch *amqp.Channel) error { _, err := ch.QueuePurge("orders", false); return err },
		"delete": func(ch *amqp.Channel) error { _, err := ch.QueueDelete("orders", false, false, false); return err },
		"take":   func(ch *amqp.Channel) error { _, _, err := ch.Get("orders", true); return err },
		"ask": func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclarePassive("orders", true, false, false, false, nil)
			return err
		},
	} {
		if err := write(channelOf(t, url, AMQP)); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func depth(t *testing.T, ch *amqp.Channel, queue string) int {
	t.Helper()
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q.Messages
}

// channelOf opens a channel on a connection of its own, behind a gate if one is given.
func channelOf(t *testing.T, url string, gate func(net.Conn) net.Conn) *amqp.Channel {
	t.Helper()
	conn, err := amqp.DialConfig(url, amqp.Config{Dial: func(network, addr string) (net.Conn, error) {
		conn, err := net.Dial(network, addr)
		if err != nil || gate == nil {
			return conn, err
		}
		return gate(conn), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}
