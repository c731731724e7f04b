package wire

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

func TestTableRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := tables(3).Draw(t, "table")
		encoded := AppendTable(nil, want)
		got, rest, err := ReadTable(append(encoded, "rest"...))
		if err != nil || string(rest) != "rest" || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, rest %q, %v", got, rest, err)
		}
		if again := AppendTable(nil, got); !bytes.Equal(again, encoded) {
			t.Fatalf("equal tables, other bytes: %x, %x", encoded, again)
		}
		if got, err := ReadFields(encoded[4:]); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("fields: %v, %v", got, err)
		}
	})
}

func TestTableBytes(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{true, "t\x01"},
		{int8(-2), "b\xfe"},
		{uint8(0xfe), "B\xfe"},
		{int16(-2), "s\xff\xfe"},
		{uint16(0xfffe), "u\xff\xfe"},
		{int32(-2), "I\xff\xff\xff\xfe"},
		{uint32(7), "i\x00\x00\x00\x07"},
		{int64(-1), "l\xff\xff\xff\xff\xff\xff\xff\xff"},
		{int(7), "l\x00\x00\x00\x00\x00\x00\x00\x07"},
		{uint64(7), "l\x00\x00\x00\x00\x00\x00\x00\x07"},
		{uint(7), "l\x00\x00\x00\x00\x00\x00\x00\x07"},
		{float32(1), "f\x3f\x80\x00\x00"},
		{float64(1), "d\x3f\xf0\x00\x00\x00\x00\x00\x00"},
		{Decimal{2, 12345}, "D\x02\x00\x00\x30\x39"},
		{"ab", "S\x00\x00\x00\x02ab"},
		{[]byte("ab"), "x\x00\x00\x00\x02ab"},
		{time.Unix(7, 5), "T\x00\x00\x00\x00\x00\x00\x00\x07"},
		{nil, "V"},
		{Table{"k": true}, "F\x00\x00\x00\x04\x01kt\x01"},
		{[]any{true, nil}, "A\x00\x00\x00\x03t\x01V"},
		{[]int{1}, "S\x00\x00\x00\x03[1]"},
	} {
		got := AppendTable(nil, Table{"n": c.value})
		want := append32(nil, uint32(len(c.want)+2))
		if want = append(append(want, "\x01n"...), c.want...); !bytes.Equal(got, want) {
			t.Errorf("%#v: %q, want %q", c.value, got, want)
		}
	}
	if got, _, err := ReadTable([]byte("\x00\x00\x00\x0b\x01nL\xff\xff\xff\xff\xff\xff\xff\xff")); err != nil || got["n"] != int64(-1) {
		t.Errorf("L: %v, %v", got, err)
	}
}

func TestTableRefused(t *testing.T) {
	for name, src := range map[string]string{
		"length of the table": "\xff\xff\xff\xff\x01nt\x01",
		"length of a name":    "\x00\x00\x00\x02\xffn",
		"no value":            "\x00\x00\x00\x02\x01n",
		"length of a string":  "\x00\x00\x00\x08\x01nS\xff\xff\xff\xffa",
		"length of an array":  "\x00\x00\x00\x08\x01nA\xff\xff\xff\xffV",
		"length in a table":   "\x00\x00\x00\x09\x01nF\x00\x00\x00\x02\x05n",
		"half a number":       "\x00\x00\x00\x05\x01nl\x00\x00",
		"unknown type":        "\x00\x00\x00\x03\x01nQ",
		"too deep":            string(nested(maxDepth + 2)),
		"not a number":        "\x00\x00\x00\x07\x01nf\x7f\xc0\x00\x00",
		"infinite":            "\x00\x00\x00\x0b\x01nd\xff\xf0\x00\x00\x00\x00\x00\x00",
	} {
		if got, _, err := ReadTable([]byte(src)); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, _, err := ReadTable(nested(maxDepth)); err != nil {
		t.Errorf("as deep as allowed: %v", err)
	}
}

func TestPropertiesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want Properties
		fill(t, &want)
		// A property that is empty is there only if it is marked.
		want.Present = Present(rapid.Uint16().Draw(t, "present")) &^ (reservedBit | moreFlags)
		if want.Present&HasTimestamp != 0 && want.Timestamp.IsZero() {
			want.Timestamp = time.Unix(0, 0).UTC()
		}
		got, err := ReadProperties(AppendProperties(nil, &want))
		if err != nil {
			t.Fatal(err)
		}
		if got.Present != want.all() || !got.Has(want.Present) {
			t.Fatalf("present: %v, want %v", got.Present, want.all())
		}
		got.Present = want.Present
		if got.Headers == nil || want.Headers == nil {
			got.Headers, want.Headers = nil, nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestPropertiesPresence(t *testing.T) {
	empty := Properties{}
	if got := AppendProperties(nil, &empty); !bytes.Equal(got, []byte{0, 0}) {
		t.Errorf("none: %x", got)
	}
	marked := Properties{Present: HasType | HasPriority}
	if got := AppendProperties(nil, &marked); !bytes.Equal(got, []byte{0x08, 0x20, 0, 0}) {
		t.Errorf("empty ones: %x", got)
	}
	for name, src := range map[string]string{
		"nothing": "", "more flags": "\x00\x01\x00\x00", "behind": "\x00\x00x", "short": "\x80\x00",
	} {
		if _, err := ReadProperties([]byte(src)); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestText(t *testing.T) {
	get := []byte("\x00\x00\x01\xff\x00")
	if err := ReadMethod(&BasicGet{}, get); !errors.Is(err, ErrUTF8) {
		t.Errorf("queue name: %v", err)
	}
	publish := &BasicPublish{}
	if err := ReadMethod(publish, []byte("\x00\x00\x00\x01\xff\x00")); err != nil || publish.RoutingKey != "\xff" {
		t.Errorf("%+v, %v", publish, err)
	}
	declare := []byte("\x00\x00\x00\x00\x00\x00\x00\x03\x01aQ")
	if err := ReadMethod(&QueueDeclare{}, declare); !errors.Is(err, ErrTable) {
		t.Errorf("content of a table: %v", err)
	}
	declare[7] = 4
	if err := ReadMethod(&QueueDeclare{}, declare); errors.Is(err, ErrTable) || !errors.Is(err, ErrSyntax) {
		t.Errorf("length of a table: %v", err)
	}
}

func TestMethodsRoundTrip(t *testing.T) {
	ids := allMethods()
	if len(ids) != 66 {
		t.Fatalf("%d methods", len(ids))
	}
	for _, id := range ids {
		rapid.Check(t, func(t *rapid.T) {
			want := NewMethod(id)
			fill(t, want)
			channel := rapid.Uint16().Draw(t, "channel")
			var w Writer
			w.Method(channel, want)
			r := NewReader(bytes.NewReader(w.Bytes()))
			r.SetFrameMax(1 << 20)
			frame, err := r.Next()
			if err != nil || frame.Type != FrameMethod || frame.Channel != channel {
				t.Fatalf("%+v, %v", frame, err)
			}
			number, arguments, ok := SplitMethod(frame.Payload)
			if !ok || number != id || want.ID() != id {
				t.Fatalf("%v, want %v", number, id)
			}
			got := NewMethod(id)
			if err := r.Method(got, arguments); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("got %+v, want %+v, %v", got, want, err)
			}
			if err := ReadMethod(got, append(arguments, 0)); !errors.Is(err, ErrSyntax) {
				t.Fatalf("a byte too many: %v", err)
			}
			if len(arguments) > 0 {
				if err := ReadMethod(got, arguments[:len(arguments)-1]); !errors.Is(err, ErrSyntax) {
					t.Fatalf("a byte too few: %v", err)
				}
			}
		})
	}
}

func TestContentRoundTrip(t *testing.T) {
	var w Writer
	p := &Properties{ContentType: "text/plain", DeliveryMode: 2}
	body := strings.Repeat("x", 5000)
	w.Header(7, p, uint64(len(body)))
	w.EncodedHeader(7, AppendProperties(nil, p), uint64(len(body)))
	w.Body(7, []byte(body))
	w.BodyHead(7, 3)
	w.c.buf = append(w.c.buf, "abc"...)
	w.BodyTail()
	w.Heartbeat()
	r := NewReader(iotest.OneByteReader(bytes.NewReader(w.Bytes())))
	r.SetFrameMax(5000 + FrameOverhead)
	for range 2 {
		frame := mustNext(t, r, FrameHeader, 7)
		h, err := ReadHeader(frame.Payload)
		if err != nil || h.Class != ClassBasic || h.Weight != 0 || h.BodySize != 5000 {
			t.Fatalf("%+v, %v", h, err)
		}
		if got, err := ReadProperties(h.Encoded); err != nil || got.ContentType != "text/plain" || !got.Persistent() {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if got := mustNext(t, r, FrameBody, 7); string(got.Payload) != body {
		t.Errorf("body of %d bytes", len(got.Payload))
	}
	if got := mustNext(t, r, FrameBody, 7); string(got.Payload) != "abc" {
		t.Errorf("body %q", got.Payload)
	}
	mustNext(t, r, FrameHeartbeat, 0)
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("end: %v", err)
	}
}

func mustNext(t *testing.T, r *Reader, kind uint8, channel uint16) Frame {
	t.Helper()
	frame, err := r.Next()
	if err != nil || frame.Type != kind || frame.Channel != channel {
		t.Fatalf("%+v, %v", frame, err)
	}
	return frame
}

func TestSplitFrame(t *testing.T) {
	var w Writer
	w.Body(3, []byte("abc"))
	w.Heartbeat()
	first, rest, err := SplitFrame(w.Bytes())
	if err != nil || first.Type != FrameBody || first.Channel != 3 || string(first.Payload) != "abc" {
		t.Errorf("%+v, %v", first, err)
	}
	second, rest, err := SplitFrame(rest)
	if err != nil || second.Type != FrameHeartbeat || len(rest) > 0 {
		t.Errorf("%+v, %q, %v", second, rest, err)
	}
	for _, bad := range []string{"", "\x03\x00\x01\xff\xff\xff\xff", "\x03\x00\x01\x00\x00\x00\x00", "\x03\x00\x01\x00\x00\x00\x00\x00"} {
		if _, _, err := SplitFrame([]byte(bad)); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestReaderLimits(t *testing.T) {
	frame := func(size uint32, payload int, end byte) *Reader {
		b := append32([]byte{FrameBody, 0, 1}, size)
		return NewReader(bytes.NewReader(append(append(b, make([]byte, payload)...), end)))
	}
	var bad *FrameError
	if _, err := frame(FrameMinSize, FrameMinSize, FrameEnd).Next(); err != nil {
		t.Errorf("as large as RabbitMQ lets pass: %v", err)
	}
	if _, err := frame(FrameMinSize+1, FrameMinSize+1, FrameEnd).Next(); !errors.As(err, &bad) || !bad.TooLarge() ||
		bad.Size != FrameMinSize+1 || bad.Limit != FrameMinSize-FrameOverhead {
		t.Errorf("too large: %v", err)
	}
	if _, err := frame(3, 3, 0).Next(); !errors.As(err, &bad) || bad.TooLarge() || bad.End != 0 || len(bad.Payload) != 3 {
		t.Errorf("no end: %v", err)
	}
	if _, err := frame(5, 3, FrameEnd).Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	if _, err := NewReader(strings.NewReader("\x01\x00")).Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut in the head: %v", err)
	}
	large := frame(100_000, 100_000, FrameEnd)
	large.SetFrameMax(128 << 10)
	if got, err := large.Next(); err != nil || len(got.Payload) != 100_000 {
		t.Errorf("larger than the buffer: %d, %v", len(got.Payload), err)
	}
}

// TestClaimsCostNothing feeds lengths that nothing stands behind.
func TestClaimsCostNothing(t *testing.T) {
	table := []byte("\x00\x00\x00\x0a\x01nA\xff\xff\xff\xff\x00\x00\x00")
	frame := append32([]byte{FrameBody, 0, 1}, 0xffffffff)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 1000 {
		if _, _, err := ReadTable(table); err == nil {
			t.Fatal("no error")
		}
		if _, err := (&Reader{r: NewReader(bytes.NewReader(frame)).r, frameMax: 1 << 20}).Next(); err == nil {
			t.Fatal("no error")
		}
	}
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) / 1000; used > 2*readBuffer {
		t.Errorf("%d bytes for a claim", used)
	}
}

// TestHotPathAllocatesNothing holds the way of a message to what it must allocate.
func TestHotPathAllocatesNothing(t *testing.T) {
	var w Writer
	deliver := &BasicDeliver{ConsumerTag: "c", DeliveryTag: 9, Exchange: "x", RoutingKey: "k"}
	body := []byte("body")
	encoded := AppendProperties(nil, &Properties{DeliveryMode: 2})
	publish, ack := &BasicPublish{}, &BasicAck{}
	var frames Writer
	frames.Method(1, &BasicPublish{Exchange: "x", RoutingKey: "k"})
	frames.Method(1, &BasicAck{DeliveryTag: 9})
	source := bytes.NewReader(nil)
	r := NewReader(source)
	allocs := testing.AllocsPerRun(100, func() {
		w.Reset(w.Bytes())
		w.Method(1, deliver)
		w.EncodedHeader(1, encoded, uint64(len(body)))
		w.Body(1, body)
		source.Reset(frames.Bytes())
		for _, m := range []Method{publish, ack} {
			frame, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			_, arguments, _ := SplitMethod(frame.Payload)
			if err := r.Method(m, arguments); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
