package backends

import "time"

// Field is a name with a value of any bytes: a header, a stream field, an argument.
type Field struct {
	Name  string
	Value []byte
	// Type is what the value is on the wire, where the server has types and told this one; "" otherwise.
	Type string
}

// Message is one payload with its headers, position and time, wherever it came from. A message
// handed out is never changed afterwards.
type Message struct {
	// Source is the name of the source it was found on (Identity.Name), as far as whoever shows it
	// has said.
	Source string
	// Target is the object it was found in.
	Target Target
	// Position is the server's own word for where it is: a stream id, a list index, a delivery
	// tag, an offset. It is "" for messages in flight.
	Position string
	// Time is when the message was made as far as the server or publisher tells, else when it
	// was received; TimeReceived says that it is the latter.
	Time         time.Time
	TimeReceived bool
	// Route is the channel or routing key by which it travelled.
	Route   string
	Headers []Field
	Body    []byte
	// Size is the length of the whole body; it exceeds len(Body) when only a part was fetched.
	Size                         int
	ContentType, ContentEncoding string
	Redelivered                  bool
	// Envelope is what the library that made the message is known to put into it, nil when none is. All
	// messages of one library share it; it must not be changed.
	Envelope *Envelope
	// Gap, when not empty, makes this a mark in a flow and no message: what was lost and why.
	Gap string
}

// Envelope is how a library writes its messages.
type Envelope struct {
	// Name is how the library, or the form, is called.
	Name string
	// Decode is the chain by which the body opens, outermost first: "base64 → msgpack". Several are
	// tried in turn, with " or " between them. "" when it is not known.
	Decode string
	// Fields are the chains of headers, by name.
	Fields map[string]string
}

// Complete reports whether Body is the whole body.
func (m Message) Complete() bool { return len(m.Body) >= m.Size }

// cost is what a message takes in a Ring, in bytes.
func (m Message) cost() int {
	n := 200 + len(m.Body) + len(m.Position) + len(m.Route)
	for _, h := range m.Headers {
		n += 40 + len(h.Name) + len(h.Value)
	}
	return n
}
