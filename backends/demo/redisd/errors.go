package redisd

import (
	"fmt"
	"strings"
)

// failure is an error that the client is told as it stands.
type failure string

func (f failure) Error() string { return string(f) }

const (
	errSyntax      = failure("ERR syntax error")
	errNotInt      = failure("ERR value is not an integer or out of range")
	errNotFloat    = failure("ERR value is not a valid float")
	errWrongType   = failure("WRONGTYPE Operation against a key holding the wrong kind of value")
	errNoKey       = failure("ERR no such key")
	errIndex       = failure("ERR index out of range")
	errRange       = failure("ERR value is out of range, must be positive")
	errDBRange     = failure("ERR DB index is out of range")
	errNoAuth      = failure("NOAUTH Authentication required.")
	errWrongPass   = failure("WRONGPASS invalid username-password pair or user is disabled.")
	errOOM         = failure("OOM command not allowed when used memory > 'maxmemory'.")
	errTooLong     = failure("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
	errMinMax      = failure("ERR min or max is not a float")
	errLexRange    = failure("ERR min or max not valid string range item")
	errTimeout     = failure("ERR timeout is not a float or out of range")
	errNegTimeout  = failure("ERR timeout is negative")
	errStreamID    = failure("ERR Invalid stream ID specified as stream command argument")
	errSelfInTx    = failure("ERR Command not allowed inside a transaction")
	errNoCluster   = failure("ERR This instance has cluster support disabled")
	errInternal    = failure("ERR internal error")
	errCursor      = failure("ERR invalid cursor")
	errSameObject  = failure("ERR source and destination objects are the same")
	errNoScript    = failure("NOSCRIPT No matching script. Please use EVAL.")
	errOverflow    = failure("ERR increment or decrement would overflow")
	errInfinity    = failure("ERR increment would produce NaN or Infinity")
	errNaN         = failure("ERR resulting score is not a number (NaN)")
	errWrongWeight = failure("ERR weight value is not a float")
)

func errArity(name string) error {
	return failure("ERR wrong number of arguments for '" + name + "' command")
}

func errExpire(name string) error {
	return failure("ERR invalid expire time in '" + name + "' command")
}

// errUnknown names the command and up to 128 bytes of its arguments.
func errUnknown(args []string) error {
	var list strings.Builder
	for _, a := range args[1:] {
		if list.Len() >= 128 {
			break
		}
		fmt.Fprintf(&list, "'%s' ", cut(a, 128-list.Len()))
	}
	return failure("ERR unknown command '" + cut(args[0], 128) + "', with args beginning with: " + list.String())
}

func errSubcommand(container, sub string) error {
	return failure("ERR unknown subcommand '" + cut(sub, 128) + "'. Try " + strings.ToUpper(container) + " HELP.")
}

func cut(s string, n int) string { return s[:min(len(s), n)] }
