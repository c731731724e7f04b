package backends

import (
	"context"
	"time"
)

// DeadLetters is what the role Queues can do beside where messages that nobody could use, or that have
// to wait, are kept in queues of their own.
type DeadLetters interface {
	// ListDeadLetters lists these places and what leads there. It asks for nothing but settings and
	// counts: no message is looked at.
	ListDeadLetters(ctx context.Context, q Query) (Page[DeadLetterPlace], error)
	// ReadFate says how a message came to be where it was found, as far as its headers and body tell.
	// It asks nobody. Times are worded as seen from now, in its location.
	ReadFate(m Message, now time.Time) LetterFate
}

// Purpose is what a place beside the ordinary queues is for.
type Purpose string

// The purposes.
const (
	// ForDead: messages stay until a person does something.
	ForDead Purpose = "dead"
	// ForRetry: messages wait and then go back where they came from.
	ForRetry Purpose = "retry"
	// ForDelay: messages wait and then go on.
	ForDelay Purpose = "delay"
)

// DeadLetterPlace is a queue that gets dead letters, a queue in which messages wait until they expire, or
// an exchange that delays.
type DeadLetterPlace struct {
	Target  Target
	Purpose Purpose
	// Perhaps: it is probable only, because nothing but its name or its messages' ages speaks for it.
	Perhaps bool
	// Ready and Total are messages; for an exchange those that it holds back.
	Ready, Total Count
	Consumers    Count
	// Origins are the queues whose messages end up here.
	Origins []DeadLetterOrigin
	// Wait is how long messages stay; Next is where they go then.
	Wait Span
	Next []Target
	// Facts are whole sentences: why it is taken for what Purpose says, and how it works.
	Facts []string
}

// DeadLetterOrigin is a queue whose dead letters go somewhere.
type DeadLetterOrigin struct {
	Queue string
	// Exchange and Key are those of the dead letter; KeyKept says that it keeps its own keys.
	Exchange, Key string
	KeyKept       bool
	// By is what says so: "argument", "policy NAME", or "x-death: REASON" of messages that were looked at,
	// which tell no Exchange and Key.
	By string
	// Perhaps: it depends on the message's own routing key or headers whether it comes here.
	Perhaps bool
	// Waits says that messages only wait in the queue and go on when they expire.
	Waits bool
}

// Death is one reason for which a message has left a queue, as often as it did.
type Death struct {
	Queue    string
	Reason   string // the server's word
	Exchange string // by which it had come into the queue
	Keys     []string
	// Count is how often it happened, First when it did for the first time.
	Count Count
	First time.Time
	// Expiration is the time to live that the message itself had, in the publisher's words.
	Expiration string
}

// LetterFate is how a message came to be where it is.
type LetterFate struct {
	// Deaths are what the server noted. The first is the latest one; the others follow by the time
	// at which they first happened, the newest first, because servers do not keep their order.
	Deaths []Death
	// Queue, Exchange and Key are where the message was at first; "" is unknown.
	Queue, Exchange, Key string
	// Reason is why it is here: the latest death's, else the word of the library that put it here.
	Reason string
	// Exception is the class of the error that a library noted, Error its text.
	Exception, Error string
	// Library noted the error.
	Library string
	// Since is when the message died for the first time, as far as anybody noted it.
	Since time.Time
	// Words are whole sentences.
	Words []string
}

// Dead reports whether anything says that the message is a dead letter.
func (f LetterFate) Dead() bool { return len(f.Deaths) > 0 || f.Reason != "" || f.Exception != "" }
