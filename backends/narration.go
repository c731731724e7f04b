package backends

import "time"

// Narrator is what a Source can be beside where messages follow the conventions of libraries.
type Narrator interface {
	// Narrate says which library made a message and what its headers, properties and body mean to it.
	// It asks nobody. Times are worded as seen from now, in its location.
	Narrate(m Message, now time.Time) Narration
}

// Narration is a message in words. The zero value says nothing.
type Narration struct {
	// Library is whose convention the message follows, "" where none is recognised.
	Library string
	// What is the message in one line without the library: "task shop.charge, attempt 2".
	What string
	// Facts are what else it says, most telling first.
	Facts []Field
}

// Line is the narration in one line, "" when there is none.
func (n Narration) Line() string {
	if n.Library == "" || n.What == "" {
		return n.Library + n.What
	}
	return n.Library + " " + n.What
}
