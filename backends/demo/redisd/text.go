package redisd

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func upper(s string) string { return strings.ToUpper(s) }

func errSubcommandUse(container, sub string) error {
	return failure("ERR unknown subcommand or wrong number of arguments for '" + sub + "'. Try " + upper(container) + " HELP.")
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

// appendTime writes seconds.microseconds.
func appendTime(b []byte, at time.Time) []byte {
	return fmt.Appendf(b, "%d.%06d", at.Unix(), at.Nanosecond()/1000)
}

// appendQuoted writes bytes in double quotes as MONITOR does.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\\' || c == '"':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\a':
			b = append(b, '\\', 'a')
		case c == '\b':
			b = append(b, '\\', 'b')
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, `\x%02x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// secret reports whether an argument is one that MONITOR and SLOWLOG do not show.
func secret(args []string, i int) bool {
	switch strings.ToLower(args[0]) {
	case "auth":
		return true
	case "hello":
		for j := 1; j < i; j++ {
			if strings.EqualFold(args[j], "AUTH") && i-j <= 2 {
				return true
			}
		}
	case "config":
		return i > 2 && strings.EqualFold(args[1], "SET") && strings.EqualFold(args[i-1], "requirepass")
	}
	return false
}

// human writes a number of bytes as INFO does: 1.20M.
func human(n int64) string {
	switch f := float64(n); {
	case n < 1<<10:
		return fmt.Sprintf("%dB", n)
	case n < 1<<20:
		return fmt.Sprintf("%.2fK", f/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.2fM", f/(1<<20))
	default:
		return fmt.Sprintf("%.2fG", f/(1<<30))
	}
}
