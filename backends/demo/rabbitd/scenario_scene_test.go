package rabbitd_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// vhost is where every observation works that does not make a vhost of its own.
const vhost = "differential"

// patience is how long a scene waits for a thing that has to come. A busy machine takes seconds.
const patience = 15 * time.Second

// subject is a server under observation.
type subject struct {
	name string
	// amqp and management are host:port.
	amqp, management string
	// alarm sets and clears the memory alarm.
	alarm func(on bool) error
}

// observation is one thing seen as a client sees it.
type observation struct {
	name string
	see  func(*scene)
	// normalisers take out of the text what two runs cannot have in common.
	normalisers []normaliser
	// alone is set when the observation disturbs others that run at the same time.
	alone bool
}

// normaliser replaces what differs from run to run by a word for it.
type normaliser struct {
	name  string
	apply func(string) string
}

// scene is one run of an observation against one server. What it says is compared.
type scene struct {
	*subject
	name string

	mu      sync.Mutex
	text    strings.Builder
	closers []func()
	link    *link
}

// stop is panicked with when an observation cannot go on; the runner turns it into text.
type stop struct{ why string }

func (s *scene) stop(format string, args ...any) {
	panic(stop{fmt.Sprintf(format, args...)})
}

// must stops the observation on an error where none is expected.
func (s *scene) must(err error, doing string) {
	if err != nil {
		s.stop("%s: %s", doing, describe(err))
	}
}

func (s *scene) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(&s.text, format+"\n", args...)
}

// n makes a name that no other observation uses.
func (s *scene) n(part string) string { return s.name + "." + part }

// run plays the observation and returns what was seen.
func (o observation) run(sub *subject) (text string) {
	s := &scene{subject: sub, name: o.name}
	defer func() {
		if r := recover(); r != nil {
			why, ok := r.(stop)
			if !ok {
				why.why = fmt.Sprint("panic: ", r)
			}
			s.say("STOPPED: %s", why.why)
		}
		for _, f := range slices.Backward(s.closers) {
			f()
		}
		text = s.text.String()
		for _, n := range o.normalisers {
			text = n.apply(text)
		}
	}()
	o.see(s)
	return ""
}

// apart plays parts at the same time, each on connections of its own, and says what they saw one
// after the other. RabbitMQ takes seconds to hang up on a client that does not know the protocol.
func (s *scene) apart(parts ...func(*scene)) {
	texts := make([]string, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		wg.Go(func() { texts[i] = observation{name: s.name, see: part}.run(s.subject) })
	}
	wg.Wait()
	s.say("%s", strings.TrimSuffix(strings.Join(texts, ""), "\n"))
}

// after runs f when the scene is over.
func (s *scene) after(f func()) { s.closers = append(s.closers, f) }

// await takes the next value from c, or stops the observation.
func await[T any](s *scene, c <-chan T, what string) T {
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		s.stop("nothing came: %s", what)
		panic("unreachable")
	}
}

// until asks again and again until done is true.
func (s *scene) until(what string, done func() bool) {
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		if time.Now().After(deadline) {
			s.stop("never: %s", what)
		}
		<-tick.C
	}
}

// describe shows an error as the server meant it.
func describe(err error) string {
	var e *amqp.Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &e) && e == nil:
		return "ok"
	case errors.Is(err, amqp.ErrClosed):
		return "already closed"
	case errors.As(err, &e) && e.Server:
		return fmt.Sprintf("%d %q", e.Code, e.Reason)
	case errors.As(err, &e) && (strings.Contains(e.Reason, "EOF") || strings.Contains(e.Reason, "reset by peer") || strings.Contains(e.Reason, "broken pipe")):
		return "cut off"
	case errors.As(err, &e):
		return fmt.Sprintf("client says %d %q", e.Code, e.Reason)
	case errors.Is(err, io.EOF), errors.As(err, new(*net.OpError)):
		return "cut off"
	}
	return err.Error()
}

// login says who connects and how; what is not set is the usual.
type login struct {
	user, password, vhost string
	config                amqp.Config
}

// link is a connection and what the server says on it unasked.
type link struct {
	*amqp.Connection
	s      *scene
	closed chan *amqp.Error
}

// dial connects, and lets the connection end with the scene.
func (s *scene) dial(l login) (*link, error) {
	if l.user == "" {
		l.user, l.password = "guest", "guest"
	}
	if l.vhost == "" {
		l.vhost = vhost
	}
	l.config.Vhost = l.vhost
	if l.config.SASL == nil {
		l.config.SASL = []amqp.Authentication{&amqp.PlainAuth{Username: l.user, Password: l.password}}
	}
	l.config.Dial = amqp.DefaultDial(patience)
	c, err := amqp.DialConfig("amqp://"+s.amqp, l.config)
	if err != nil {
		return nil, err
	}
	k := &link{Connection: c, s: s, closed: c.NotifyClose(make(chan *amqp.Error, 1))}
	s.after(func() { _ = c.CloseDeadline(time.Now().Add(patience)) })
	return k, nil
}

// connect is dial where it has to succeed.
func (s *scene) connect(l login) *link {
	k, err := s.dial(l)
	s.must(err, "connect")
	return k
}

// conn is the scene's connection, a new one when the last was closed.
func (s *scene) conn() *link {
	if s.link == nil || s.link.IsClosed() {
		s.link = s.connect(login{})
	}
	return s.link
}

// channel is a channel and what the server says on it unasked.
type channel struct {
	*amqp.Channel
	s        *scene
	link     *link
	closed   chan *amqp.Error
	returns  chan amqp.Return
	cancels  chan string
	confirms chan amqp.Confirmation
}

// buffer is how many unasked words the scene holds; the client library waits for them to be taken.
const buffer = 2048

func (k *link) channel() *channel {
	c, err := k.Channel()
	k.s.must(err, "open a channel")
	return &channel{
		Channel: c, s: k.s, link: k,
		closed:  c.NotifyClose(make(chan *amqp.Error, 1)),
		returns: c.NotifyReturn(make(chan amqp.Return, buffer)),
		cancels: c.NotifyCancel(make(chan string, buffer)),
	}
}

// channel opens a channel on the scene's connection.
func (s *scene) channel() *channel { return s.conn().channel() }

// confirming opens a channel in confirm mode.
func (s *scene) confirming() *channel {
	ch := s.channel()
	s.must(ch.Confirm(false), "confirm.select")
	ch.confirms = ch.NotifyPublish(make(chan amqp.Confirmation, buffer))
	return ch
}

// outcome shows err and what it closed.
func (k *link) outcome(err error) string {
	var e *amqp.Error
	if !errors.As(err, &e) {
		return describe(err)
	}
	if k.IsClosed() {
		return "connection closed: " + describe(err)
	}
	return "channel closed: " + describe(err)
}

// try does one thing on a channel of its own and says what came of it.
func (s *scene) try(what string, f func(*channel) error) {
	s.tryOn(s.conn(), what, f)
}

func (s *scene) tryOn(k *link, what string, f func(*channel) error) {
	ch := k.channel()
	s.say("%s: %s", what, k.outcome(f(ch)))
	_ = ch.Close()
}

// tryAsync does a thing that has no answer of its own, asks for an answer to something harmless
// and says what the server closed.
func (s *scene) tryAsync(what string, f func(*channel)) {
	k := s.conn()
	ch := k.channel()
	f(ch)
	err := ch.Qos(0, 0, false)
	if err != nil {
		if e := await(s, ch.closed, "channel.close"); e != nil {
			err = e
		}
	}
	s.say("%s: %s", what, k.outcome(err))
	_ = ch.Close()
}

// queueOptions are the flags of queue.declare.
type queueOptions struct{ durable, autoDelete, exclusive bool }

// queue declares a queue of this scene and returns its name.
func (ch *channel) queue(part string, o queueOptions, args amqp.Table) string {
	q, err := ch.QueueDeclare(ch.s.n(part), o.durable, o.autoDelete, o.exclusive, false, args)
	ch.s.must(err, "declare queue "+part)
	name := q.Name
	if !o.autoDelete && !o.exclusive {
		ch.s.after(func() { ch.s.remove("queues", name) })
	}
	return name
}

// plain declares a transient queue with nothing but arguments.
func (ch *channel) plain(part string, args amqp.Table) string {
	return ch.queue(part, queueOptions{}, args)
}

// exchange declares an exchange of this scene and returns its name.
func (ch *channel) exchange(part, kind string, args amqp.Table) string {
	name := ch.s.n(part)
	ch.s.must(ch.ExchangeDeclare(name, kind, false, false, false, false, args), "declare exchange "+part)
	ch.s.after(func() { ch.s.remove("exchanges", name) })
	return name
}

func (ch *channel) bind(queue, key, exchange string, args amqp.Table) {
	ch.s.must(ch.QueueBind(queue, key, exchange, false, args), "bind")
}

// remove deletes a leftover on a connection of its own, if it is still there.
func (s *scene) remove(kind, name string) {
	if s.link == nil || s.link.IsClosed() {
		k, err := s.dial(login{})
		if err != nil {
			return
		}
		s.after(func() { _ = k.Close() })
		s.link = k
	}
	ch, err := s.link.Channel()
	if err != nil {
		return
	}
	defer ch.Close()
	if kind == "queues" {
		_, _ = ch.QueueDelete(name, false, false, false)
		return
	}
	_ = ch.ExchangeDelete(name, false, false)
}

// sorted goes through a map in the order of its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
