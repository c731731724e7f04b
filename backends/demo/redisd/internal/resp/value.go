package resp

import (
	"errors"
	"strconv"
)

// Value is a reply taken apart. Kind is its first byte on the wire: + - : $ * % ~ > _ , # = (.
type Value struct {
	Kind  byte
	Text  string  // of + - $ = , ( and # (t or f)
	Int   int64   // of :
	Items []Value // of * ~ > and, keys and values in turn, %
	Null  bool
}

var errReply = errors.New("resp: not a complete reply")

// Parse takes the first reply in b apart and returns how long it is. It is meant for replies
// that this program wrote itself.
func Parse(b []byte) (Value, int, error) {
	end := 1
	for end < len(b) && b[end] != '\n' {
		end++
	}
	if end >= len(b) || end < 2 {
		return Value{}, 0, errReply
	}
	v, line := Value{Kind: b[0]}, string(b[1:end-1])
	end++
	switch v.Kind {
	case '+', '-', ',', '#', '(':
		v.Text = line
		return v, end, nil
	case '_':
		v.Null = true
		return v, end, nil
	}
	n, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		return Value{}, 0, errReply
	}
	switch v.Kind {
	case ':':
		v.Int = n
		return v, end, nil
	case '$', '=':
		return parseBulk(v, b, end, n)
	case '%':
		n *= 2
	}
	return parseItems(v, b, end, n)
}

func parseBulk(v Value, b []byte, at int, n int64) (Value, int, error) {
	if n < 0 {
		v.Null = true
		return v, at, nil
	}
	if n > int64(len(b)-at-2) {
		return Value{}, 0, errReply
	}
	v.Text = string(b[at : at+int(n)])
	return v, at + int(n) + 2, nil
}

func parseItems(v Value, b []byte, at int, n int64) (Value, int, error) {
	if n < 0 {
		v.Null = true
		return v, at, nil
	}
	v.Items = make([]Value, 0, min(n, 1024))
	for range n {
		item, size, err := Parse(b[at:])
		if err != nil {
			return Value{}, 0, err
		}
		v.Items = append(v.Items, item)
		at += size
	}
	return v, at, nil
}
