package backends

import (
	"errors"
	"strings"
)

// Reason sorts errors by what a person can do about them.
type Reason uint8

// The reasons. The command line maps BadUsage to exit status 2, Unreachable and Denied at the
// first contact to 3, everything else to 1.
const (
	ServerError Reason = iota // the server answered with an error
	BadUsage                  // the URL or name given cannot be used
	Unreachable               // no connection, or it broke
	Denied                    // wrong password or missing permission
	NotFound                  // the object is not there (any more)
	NotAllowed                // bustop refuses: it would change something or lose a message
	Unsupported               // this server, version or set of plugins cannot tell
)

// ErrRefused is wrapped by every error that stems from bustop's own refusal.
var ErrRefused = errors.New("refused")

// Error says what happened, to which object on which source, and what to do about it. None of
// its texts holds a secret; they may hold bytes from the server and are cleaned before they
// are shown.
type Error struct {
	Reason Reason
	// Source is the address without user and password.
	Source string
	// Object is the object concerned, "" when it is the source as a whole.
	Object string
	// What happened, in the words of bustop or of the server.
	What string
	// Advice is what to do, "" when there is nothing to say.
	Advice string
	// Err is the cause, for errors.Is and errors.As.
	Err error
}

// Error returns one line: "source: object: what. Advice".
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	for _, p := range []string{e.Source, e.Object, e.What} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	line := strings.Join(parts, ": ")
	if e.Advice != "" {
		line += " (" + e.Advice + ")"
	}
	return line
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ReasonOf returns the reason of the first Error in err's chain, ServerError when there is none.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ServerError
}
