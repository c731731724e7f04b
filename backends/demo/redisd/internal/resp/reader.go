// Package resp reads requests and writes replies of the Redis serialization protocol, versions 2
// and 3: https://redis.io/docs/latest/develop/reference/protocol-spec.
package resp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// The limits of a request. Redis' own are higher (512 MB a word); these keep what one client can
// make the program hold in bounds.
const (
	maxWords  = 1 << 20  // words in a request
	maxWord   = 64 << 20 // bytes in a word
	maxBytes  = 96 << 20 // bytes in a request
	maxInline = 64 << 10 // bytes in an inline request or a length
	firstRead = 64 << 10 // what is allocated for a word before any of it has come
)

// ProtocolError is what the client is told before it is cut off.
type ProtocolError string

func (e ProtocolError) Error() string { return "ERR Protocol error: " + string(e) }

// Reader reads requests. It allocates no more than about twice what has come.
type Reader struct {
	in *bufio.Reader
	n  int64
}

// NewReader reads requests from in.
func NewReader(in io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(in, 16<<10)} }

// Bytes is how many bytes of requests have been read.
func (r *Reader) Bytes() int64 { return r.n }

// Request reads the words of the next request; there are none in an empty one. An error that is
// no ProtocolError comes from the connection.
func (r *Reader) Request() ([]string, error) {
	first, err := r.in.ReadByte()
	if err != nil {
		return nil, err
	}
	if first != '*' {
		if err := r.in.UnreadByte(); err != nil {
			return nil, err
		}
		return r.inline()
	}
	n, err := r.length("too big mbulk count string", "invalid multibulk length", maxWords)
	if err != nil || n <= 0 {
		return nil, err
	}
	words := make([]string, 0, min(n, 64))
	total := 0
	for range n {
		word, err := r.word()
		if err != nil {
			return nil, err
		}
		if total += len(word); total > maxBytes {
			return nil, ProtocolError("too big request")
		}
		words = append(words, word)
	}
	return words, nil
}

// line reads up to a line feed and returns the line without its end.
func (r *Reader) line(tooLong string) ([]byte, error) {
	var whole []byte
	for {
		part, err := r.in.ReadSlice('\n')
		r.n += int64(len(part))
		if len(whole)+len(part) > maxInline {
			return nil, ProtocolError(tooLong)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			whole = append(whole, part...)
			continue
		}
		if err != nil {
			return nil, err
		}
		if whole != nil {
			part = append(whole, part...)
		}
		return bytes.TrimSuffix(part[:len(part)-1], []byte{'\r'}), nil
	}
}

func (r *Reader) length(tooLong, invalid string, limit int) (int, error) {
	line, err := r.line(tooLong)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(line))
	if err != nil || n > limit {
		return 0, ProtocolError(invalid)
	}
	return n, nil
}

func (r *Reader) word() (string, error) {
	first, err := r.in.ReadByte()
	if err != nil {
		return "", err
	}
	if first != '$' {
		return "", ProtocolError("expected '$', got '" + printable(first) + "'")
	}
	n, err := r.length("too big bulk count string", "invalid bulk length", maxWord)
	if err != nil {
		return "", err
	}
	if n < 0 {
		return "", ProtocolError("invalid bulk length")
	}
	var word string
	if n <= firstRead {
		buf := make([]byte, n)
		if _, err := io.ReadFull(r.in, buf); err != nil {
			return "", err
		}
		word = string(buf)
	} else {
		var buf strings.Builder
		if _, err := io.CopyN(&buf, r.in, int64(n)); err != nil {
			return "", err
		}
		word = buf.String()
	}
	r.n += int64(n) + 2
	_, err = r.in.Discard(2)
	return word, err
}

func printable(c byte) string {
	if c < ' ' || c > '~' {
		return " "
	}
	return string(rune(c))
}

func (r *Reader) inline() ([]string, error) {
	line, err := r.line("too big inline request")
	if err != nil {
		return nil, err
	}
	words, ok := Split(string(line))
	if !ok {
		return nil, ProtocolError("unbalanced quotes in request")
	}
	return words, nil
}

// Split takes an inline request apart: words stand between spaces, in double quotes with the
// escapes \n \r \t \b \a \xHH, or in single quotes. It reports whether the quotes are closed.
func Split(line string) (words []string, ok bool) {
	for {
		line = strings.TrimLeft(line, " \t\n\v\f\r\x00")
		if line == "" {
			return words, true
		}
		word, rest, ok := splitWord(line)
		if !ok {
			return nil, false
		}
		words, line = append(words, word), rest
	}
}

func splitWord(line string) (word, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case strings.IndexByte(" \t\n\r\x00", c) >= 0:
			return b.String(), line[i:], true
		case c == '"' || c == '\'':
			n, closed := quoted(&b, line[i+1:], c)
			i += n + 1
			if !closed || i+1 < len(line) && strings.IndexByte(" \t\n\v\f\r", line[i+1]) < 0 {
				return "", "", false
			}
			return b.String(), line[i+1:], true
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "", true
}

// quoted reads up to the closing quote and returns where that stands.
func quoted(b *strings.Builder, s string, quote byte) (end int, closed bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i, true
		case s[i] != '\\' || i+1 == len(s):
			b.WriteByte(s[i])
		case quote == '\'':
			if s[i+1] == '\'' {
				i++
			}
			b.WriteByte(s[i])
		default:
			i += escaped(b, s[i+1:])
		}
	}
	return len(s), false
}

// escaped reads what follows a backslash and returns its length.
func escaped(b *strings.Builder, s string) int {
	if s[0] == 'x' && len(s) > 2 {
		if v, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			b.WriteByte(byte(v))
			return 3
		}
	}
	if i := strings.IndexByte("nrtba", s[0]); i >= 0 {
		b.WriteByte("\n\r\t\b\a"[i])
	} else {
		b.WriteByte(s[0])
	}
	return 1
}
