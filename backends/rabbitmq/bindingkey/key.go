// Package bindingkey computes the name that RabbitMQ's management API gives to a binding, the field
// properties_key (rabbitmq.com/docs/http-api-reference). It holds a hash of the arguments with their types, by which
// it tells more of them than their JSON does.
package bindingkey

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Decimal is Value / 10^Scale. RabbitMQ reads the value unsigned: the bits are the same.
type Decimal struct {
	Scale uint8
	Value int32
}

// Of is the name of a binding among those from the same source to the same destination: the routing key,
// escaped, and behind a tilde a hash of the arguments when there are any. Their values are those that AMQP's
// types have in Go, with map[string]any and []any for tables and arrays.
func Of(routingKey string, args map[string]any) string {
	name := strings.ReplaceAll(url.QueryEscape(routingKey), "~", "%7E")
	if len(args) == 0 {
		if name == "" {
			return "~"
		}
		return name
	}
	return name + "~" + Hash(args)
}

// Hash is the part of a name that tells of the arguments.
func Hash(args map[string]any) string {
	var sum [4]byte
	var h termHash
	h.table(args)
	binary.BigEndian.PutUint32(sum[:], uint32(h))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// termHash is erlang:phash2 of a term, while it is computed. The function is part of Erlang's
// portable interface: it gives the same value in every release and on every machine. It is Bob
// Jenkins' hash "lookup2" with a constant for each kind of term, a multiple of goldenRatio.
type termHash uint32

const goldenRatio = 0x9e3779b9

// kinds of terms, as factors of the constant.
const (
	integerTerm = 1
	nilTerm     = 2
	atomTerm    = 3
	stringTerm  = 4
	tupleTerm   = 9
	negativeBig = 10
	positiveBig = 11
	floatTerm   = 12
	// binaryConstant is the constant of binaries, whose factor is 13, in 32 bits.
	binaryConstant = 13 * goldenRatio & math.MaxUint32
)

// mix is the mixing step of lookup2.
func mix(a, b, c uint32) (uint32, uint32, uint32) {
	for _, shifts := range [...][3]uint{{13, 8, 13}, {12, 16, 5}, {3, 10, 15}} {
		a = (a - b - c) ^ c>>shifts[0]
		b = (b - c - a) ^ a<<shifts[1]
		c = (c - a - b) ^ b>>shifts[2]
	}
	return a, b, c
}

func (h *termHash) word(kind, x, y uint32) {
	constant := kind * goldenRatio
	_, _, c := mix(constant+x, constant+y, uint32(*h))
	*h = termHash(c)
}

// integer hashes a whole number; those beyond 28 bits are "big" to Erlang's hash.
func (h *termHash) integer(n int64) {
	if n >= -1<<27 && n < 1<<27 {
		if n < 0 {
			h.word(integerTerm, uint32(-n), 0)
		}
		h.word(integerTerm, uint32(n), 0)
		return
	}
	if n < 0 {
		h.word(negativeBig, uint32(-n), uint32(uint64(-n)>>32))
		return
	}
	h.unsigned(uint64(n))
}

func (h *termHash) unsigned(n uint64) {
	if n < 1<<27 {
		h.integer(int64(n))
		return
	}
	h.word(positiveBig, uint32(n), uint32(n>>32))
}

// atom hashes a name: its sum is the one of P. J. Weinberger.
func (h *termHash) atom(name string) {
	var sum uint32
	for i := range len(name) {
		sum = sum<<4 + uint32(name[i])
		if g := sum & 0xf0000000; g != 0 {
			sum ^= g >> 24
			sum ^= g
		}
	}
	if *h == 0 {
		*h = termHash(sum)
		return
	}
	h.word(atomTerm, sum, 0)
}

func (h *termHash) bytes(text string) {
	c := binaryConstant + uint32(*h)
	if text == "" {
		*h = termHash(c)
		return
	}
	a, b := uint32(goldenRatio), uint32(goldenRatio)
	length := uint32(len(text))
	for len(text) >= 12 {
		a, b, c = mix(a+little(text[:4]), b+little(text[4:8]), c+little(text[8:12]))
		text = text[12:]
	}
	c += length
	a += little(text[:min(4, len(text))])
	if len(text) > 4 {
		b += little(text[4:min(8, len(text))])
	}
	if len(text) > 8 {
		c += little(text[8:]) << 8
	}
	_, _, c = mix(a, b, c)
	*h = termHash(c)
}

// little reads up to four bytes, the lowest first.
func little(text string) uint32 {
	var n uint32
	for i := len(text) - 1; i >= 0; i-- {
		n = n<<8 | uint32(text[i])
	}
	return n
}

// end is the end of a list.
func (h *termHash) end() { h.word(nilTerm, nilValue, 0) }

// nilValue is what the hash takes the empty list for.
const nilValue = 2

// table hashes a table as RabbitMQ keeps it: a list of (name, type, value) in the order of names.
func (h *termHash) table(t map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		h.word(tupleTerm, 3, 0)
		h.bytes(name)
		h.field(t[name])
	}
	h.end()
}

// field hashes the type of a value and the value.
func (h *termHash) field(value any) {
	switch v := value.(type) {
	case nil:
		h.atom("void")
		h.atom("undefined")
	case bool:
		h.atom("bool")
		if v {
			h.atom("true")
		} else {
			h.atom("false")
		}
	case string:
		h.atom("longstr")
		h.bytes(v)
	case []byte:
		h.atom("binary")
		h.bytes(string(v))
	case time.Time:
		h.atom("timestamp")
		h.integer(v.Unix())
	case Decimal:
		h.atom("decimal")
		h.word(tupleTerm, 2, 0)
		h.integer(int64(v.Scale))
		h.integer(int64(uint32(v.Value)))
	case map[string]any:
		h.atom("table")
		h.table(v)
	case []any:
		h.atom("array")
		for i := range v {
			h.word(tupleTerm, 2, 0)
			h.field(v[i])
		}
		h.end()
	default:
		h.number(value)
	}
}

func (h *termHash) number(value any) {
	whole := func(kind string, n int64) {
		h.atom(kind)
		h.integer(n)
	}
	switch v := value.(type) {
	case int8:
		whole("byte", int64(v))
	case uint8:
		whole("unsignedbyte", int64(v))
	case int16:
		whole("short", int64(v))
	case uint16:
		whole("unsignedshort", int64(v))
	case int32:
		whole("signedint", int64(v))
	case uint32:
		whole("unsignedint", int64(v))
	case int64:
		whole("long", v)
	case float32:
		h.atom("float")
		h.float(float64(v))
	case float64:
		h.atom("double")
		h.float(v)
	}
}

func (h *termHash) float(f float64) {
	bits := math.Float64bits(f + 0) // -0 is 0
	h.word(floatTerm, uint32(bits>>32), uint32(bits))
}
