package wire

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// FuzzReader feeds the frame reader and whatever reads its frames.
func FuzzReader(f *testing.F) {
	var w Writer
	for _, id := range allMethods() {
		w.Method(1, NewMethod(id))
	}
	w.Header(1, &Properties{ContentType: "t", Headers: Table{"k": []any{int8(1), Table{"x": nil}}}, Priority: 3}, 5)
	w.Body(1, []byte("hello"))
	w.Heartbeat()
	f.Add(w.Bytes())
	f.Add([]byte("\x01\x00\x00\xff\xff\xff\xff"))
	f.Add([]byte("AMQP\x00\x00\x09\x01"))
	f.Fuzz(func(t *testing.T, src []byte) {
		r := NewReader(bytes.NewReader(src))
		for read := 0; ; {
			frame, err := r.Next()
			if err != nil {
				return
			}
			if read += len(frame.Payload) + FrameOverhead; read > len(src) {
				t.Fatalf("%d bytes of %d", read, len(src))
			}
			follow(t, frame)
		}
	})
}

// follow reads a frame and checks that what was understood can be written and read again.
func follow(t *testing.T, frame Frame) {
	if h, err := ReadHeader(frame.Payload); err == nil && frame.Type == FrameHeader {
		p, err := ReadProperties(h.Encoded)
		if err != nil {
			return
		}
		again := AppendProperties(nil, &p)
		q, err := ReadProperties(again)
		if err != nil || !bytes.Equal(AppendProperties(nil, &q), again) {
			t.Fatalf("%+v became %+v, %v", p, q, err)
		}
		return
	}
	id, arguments, ok := SplitMethod(frame.Payload)
	m := NewMethod(id)
	if !ok || m == nil || ReadMethod(m, arguments) != nil {
		return
	}
	var w Writer
	w.Method(frame.Channel, m)
	payload := w.Bytes()[headerSize : w.Len()-1]
	again := NewMethod(id)
	if err := ReadMethod(again, payload[4:]); err != nil {
		t.Fatalf("%#v cannot be read again: %v", m, err)
	}
	var second Writer
	if second.Method(frame.Channel, again); !bytes.Equal(second.Bytes(), w.Bytes()) {
		t.Fatalf("%#v became %#v", m, again)
	}
}

// FuzzTable feeds the table decoder.
func FuzzTable(f *testing.F) {
	f.Add(AppendTable(nil, Table{"a": int8(1), "b": []any{"x", nil, Table{"c": 1.5}}, "d": []byte{1}, "e": Decimal{1, 2}}))
	f.Add(nested(maxDepth + 2))
	f.Fuzz(func(t *testing.T, src []byte) {
		table, _, err := ReadTable(src)
		if err != nil {
			if !errors.Is(err, ErrSyntax) {
				t.Fatal(err)
			}
			return
		}
		encoded := AppendTable(nil, table)
		if len(encoded) > len(src) {
			t.Fatalf("%d bytes became %d", len(src), len(encoded))
		}
		again, rest, err := ReadTable(encoded)
		if err != nil || len(rest) > 0 || !bytes.Equal(AppendTable(nil, again), encoded) {
			t.Fatalf("%v became %v, %v", table, again, err)
		}
		if !reflect.DeepEqual(len(again), len(table)) {
			t.Fatal("fields were lost")
		}
	})
}
