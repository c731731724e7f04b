package gate

import (
	"bytes"
	"net"
	"strconv"
	"strings"
)

// The bounds of one command. Reading needs short commands; a longer one is refused before it
// is complete, so the gate never holds more than maxCommand bytes back.
const (
	maxCommand = 256 << 10
	maxWords   = 4096
)

// Redis returns conn with a gate that lets reading commands through. It understands what Redis
// clients send (RESP2 and RESP3 alike): arrays of bulk strings. Inline commands are refused.
func Redis(conn net.Conn) net.Conn {
	return gate(conn, redisRules(redisTable()))
}

// redisRules maps "COMMAND" and "COMMAND SUBCOMMAND" to what its arguments must satisfy; nil
// accepts any.
type redisRules map[string]redisRule

// redisRule says whether the words of a command, its name included, only read.
type redisRule func(words [][]byte) bool

func (r redisRules) next(buf []byte) (int, *Refusal) {
	words, n, ok := splitRESP(buf)
	if !ok {
		return 0, &Refusal{What: "Redis stream", Why: "not an array of bulk strings, or too long"}
	}
	if n == 0 {
		return 0, nil
	}
	if !r.allows(words) {
		return 0, &Refusal{What: r.name(words)}
	}
	return n, nil
}

func (r redisRules) allows(words [][]byte) bool {
	name := upper(words[0])
	if rule, ok := r[name]; ok && (rule == nil || rule(words)) {
		return true
	}
	if len(words) == 1 {
		return false
	}
	rule, ok := r[name+" "+upper(words[1])]
	return ok && (rule == nil || rule(words))
}

// name is how a refused command is called in an error: its name, and its sub-command where the
// table knows the command to have some.
func (r redisRules) name(words [][]byte) string {
	name := upper(words[0])
	if !plainWord(name) {
		return "a command without a plain name"
	}
	if len(words) > 1 && plainWord(upper(words[1])) {
		for key := range r {
			if strings.HasPrefix(key, name+" ") {
				return name + " " + upper(words[1])
			}
		}
	}
	return name
}

// upper folds ASCII letters as the server does; other bytes stay.
func upper(word []byte) string {
	folded := make([]byte, len(word))
	for i, c := range word {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		folded[i] = c
	}
	return string(folded)
}

// plainWord reports whether a name is made as the server's own are.
func plainWord(s string) bool {
	return s != "" && len(s) <= 32 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == ""
}

// splitRESP returns the words of the first command in buf and its length, 0 when it is not
// complete, and false when it is no command this gate would judge.
//
// It accepts only the canonical form (redis.io/docs/latest/develop/reference/protocol-spec): the
// server skips two bytes after each part without looking at them; here they must be CR LF.
func splitRESP(buf []byte) (words [][]byte, n int, ok bool) {
	count, pos, ok := lengthLine(buf, '*', maxWords)
	if !ok || pos == 0 {
		return nil, 0, ok
	}
	if count == 0 {
		return nil, 0, false
	}
	for range count {
		size, line, ok := lengthLine(buf[pos:], '$', maxCommand)
		if !ok || line == 0 {
			return nil, 0, ok
		}
		start, end := pos+line, pos+line+size
		if end+2 > maxCommand {
			return nil, 0, false
		}
		if tail := buf[min(end, len(buf)):]; !bytes.HasPrefix(tail, []byte("\r\n")) {
			return nil, 0, bytes.HasPrefix([]byte("\r\n"), tail)
		}
		words = append(words, buf[start:end])
		pos = end + 2
	}
	return words, pos, true
}

// lengthLine reads "<mark><digits>\r\n" and returns the number and the length of the line, 0
// when the line is not complete.
func lengthLine(buf []byte, mark byte, limit int) (value, n int, ok bool) {
	if len(buf) == 0 {
		return 0, 0, true
	}
	if buf[0] != mark {
		return 0, 0, false
	}
	digits := 0
	for digits+1 < len(buf) && '0' <= buf[digits+1] && buf[digits+1] <= '9' {
		digits++
	}
	rest := buf[1+digits:]
	complete := bytes.HasPrefix(rest, []byte("\r\n"))
	if digits > 7 || (!complete && !bytes.HasPrefix([]byte("\r\n"), rest)) {
		return 0, 0, false
	}
	if digits == 0 {
		return 0, 0, len(rest) == 0
	}
	text := string(buf[1 : 1+digits])
	value, err := strconv.Atoi(text)
	if err != nil || value > limit || (digits > 1 && text[0] == '0') {
		return 0, 0, false
	}
	if !complete {
		return 0, 0, true
	}
	return value, 1 + digits + 2, true
}
