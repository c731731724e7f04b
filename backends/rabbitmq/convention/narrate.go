package convention

import (
	"strings"
	"time"

	"bustop/backends"
)

// Narrate says which library made a message and what it says. The most particular conventions come
// first: a message that a library wraps keeps the marks of what is inside.
func Narrate(m backends.Message, now time.Time) backends.Narration {
	l := newLetter(m, now)
	for _, read := range []func(*letter) told{
		easyNetQError, sneakersError, massTransitEnvelope, nServiceBusHeaders, celeryTask, celeryOld, rebusHeaders,
		dapr, cloudEvent, symfonyEnvelope, laravelJob, moleculerPacket, wolverineEnvelope, watermillMessage,
		springType, activeJob, rascalHeaders, easyNetQType, hutchMessage,
	} {
		if n := read(l); n.Library != "" {
			return n.Narration
		}
	}
	return backends.Narration{}
}

func by(library string) told { return told{backends.Narration{Library: library}} }

// typeName shortens the name of a type of .NET or PHP or Java to what it is called without its
// namespace, assembly and version.
func typeName(s string) string {
	s = strings.TrimPrefix(s, "urn:message:")
	if generic, of, found := strings.Cut(s, "[["); found { // Name`1[[of]]
		of, _, _ = strings.Cut(of, "]]")
		generic, _, _ = strings.Cut(generic, "`")
		return typeName(generic) + " of " + typeName(of)
	}
	s, _, _ = strings.Cut(s, ",")
	if i := strings.LastIndexAny(s, `.:\+`); i >= 0 && i < len(s)-1 {
		s = s[i+1:]
	}
	return s
}

// The ways in which libraries say what a message is for.
func intent(word string) string {
	switch strings.ToLower(word) {
	case "publish", "pub":
		return "event"
	case "send", "p2p":
		return "command"
	case "reply":
		return "reply"
	case "":
		return "message"
	}
	return strings.ToLower(word)
}
