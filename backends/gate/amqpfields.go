package gate

import "encoding/binary"

// fields reads a method's arguments one after the other (AMQP 0-9-1, section 4.2.5, with the
// table types RabbitMQ uses). After the first fault everything reads as zero and bad is set.
type fields struct {
	rest []byte
	bad  bool
}

// field is a table value: its type octet, and its text when it is a long string.
type field struct {
	kind byte
	text string
}

func (f *fields) complete() bool { return !f.bad && len(f.rest) == 0 }

// take returns the next n bytes, nil when there are fewer.
func (f *fields) take(n int) []byte {
	if f.bad || n < 0 || n > len(f.rest) {
		f.bad = true
		return nil
	}
	part := f.rest[:n]
	f.rest = f.rest[n:]
	return part
}

func (f *fields) skip(n int) { f.take(n) }
func (f *fields) short()     { f.take(2) }

func (f *fields) octet() byte {
	if part := f.take(1); part != nil {
		return part[0]
	}
	return 0
}

func (f *fields) shortString() string { return string(f.take(int(f.octet()))) }

// long returns what a 32-bit length announces.
func (f *fields) long() []byte {
	part := f.take(4)
	if part == nil {
		return nil
	}
	return f.take(int(binary.BigEndian.Uint32(part)))
}

// table returns the top level of a field table. A key that comes twice is a fault: the server
// might take the other one.
func (f *fields) table() map[string]field {
	inner := fields{rest: f.long()}
	values := map[string]field{}
	for !f.bad && len(inner.rest) > 0 {
		key := inner.shortString()
		value := inner.value()
		if _, twice := values[key]; twice || inner.bad {
			f.bad = true
			return nil
		}
		values[key] = value
	}
	return values
}

// value reads one typed value; arrays and tables are passed over as a whole.
func (f *fields) value() field {
	v := field{kind: f.octet()}
	switch v.kind {
	case 'V':
	case 't', 'b', 'B':
		f.skip(1)
	case 's', 'u':
		f.skip(2)
	case 'I', 'i', 'f':
		f.skip(4)
	case 'D':
		f.skip(5)
	case 'l', 'L', 'd', 'T':
		f.skip(8)
	case 'S':
		v.text = string(f.long())
	case 'x', 'A', 'F':
		f.long()
	default:
		f.bad = true
	}
	return v
}
