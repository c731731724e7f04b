package shop

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"bustop/backends"
)

// How many things a second happen when Options.Rate is 0, and at most.
const (
	DefaultRate = 20
	FloodRate   = 2000 // in the scenario Flood
	MaxRate     = 10_000
)

// Scenario is which story is told.
type Scenario string

// The scenarios.
const (
	// Calm is the steady story.
	Calm Scenario = "calm"
	// Incident is Calm with a chain of failures, see Scenario.Timeline.
	Incident Scenario = "incident"
	// Flood is mostly small messages, and a hundred times as many.
	Flood Scenario = "flood"
)

// Scenarios are all of them.
func Scenarios() []Scenario { return []Scenario{Calm, Incident, Flood} }

// Options say which story to tell, and to whom.
type Options struct {
	// Seed chooses the story.
	Seed int64
	// Rate is things that happen a second; 0 is DefaultRate, or FloodRate in a flood. Workers
	// keep up with it as well or badly as they do at the default.
	Rate float64
	// Scenario is Calm when empty.
	Scenario Scenario
	// For is how long Run takes, 0 for ever.
	For time.Duration

	// Redis returns how to reach Redis, a new value at each call. It may hold a Dialer; the shop
	// sets names and sizes itself.
	Redis func() *redis.Options
	// Broker is how to reach RabbitMQ.
	Broker Broker
	// Operator does to the servers what an incident needs. Without one that part is left out.
	Operator Operator
	// Tracers returns the provider of a service's spans; nil makes none. The contexts that
	// travel with messages are continued in either case.
	Tracers func(service string) trace.TracerProvider
	// Log takes what happens to the services and in an incident, a line at a time. It is called
	// from several goroutines and may be nil.
	Log func(line string)
}

// Broker is how to reach a RabbitMQ.
type Broker struct {
	// URL is that of AMQP (rabbitmq.com/docs/uri-spec).
	URL string
	// Dial replaces that of the network when it is set.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Management is the address of the management API, "http://host:port". Without it the shop
	// sets no policy. HTTP speaks to it, a client of the shop's own when nil.
	Management string
	HTTP       *http.Client
}

// Operator has the servers in hand, which a client has not.
type Operator interface {
	// SetMemoryAlarm makes the broker believe that its memory is full, or not any more
	// (rabbitmq.com/docs/alarms).
	SetMemoryAlarm(on bool) error
}

// check fills in what was left open and refuses what cannot be.
func (o *Options) check() error {
	bad := func(format string, args ...any) error {
		return &backends.Error{Reason: backends.BadUsage, What: fmt.Sprintf(format, args...)}
	}
	if o.Scenario == "" {
		o.Scenario = Calm
	}
	if o.Rate == 0 {
		o.Rate = o.Scenario.rate()
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	if o.Tracers == nil {
		o.Tracers = func(string) trace.TracerProvider { return noop.NewTracerProvider() }
	}
	if o.Broker.HTTP == nil {
		o.Broker.HTTP = &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}
	}
	if o.Scenario.Timeline() == nil {
		return &backends.Error{
			Reason: backends.BadUsage, What: fmt.Sprintf("unknown scenario %q", o.Scenario), Advice: "known: calm, incident, flood",
		}
	}
	switch {
	case !(o.Rate > 0 && o.Rate <= MaxRate):
		return bad("the rate must be above 0 and at most %d a second", MaxRate)
	case o.For < 0:
		return bad("a story cannot take %v", o.For)
	case o.Redis == nil:
		return bad("the shop needs a Redis")
	}
	if _, err := amqp.ParseURI(o.Broker.URL); err != nil {
		return bad("the shop needs a RabbitMQ: %v", err)
	}
	return nil
}

func (s Scenario) rate() float64 {
	if s == Flood {
		return FloodRate
	}
	return DefaultRate
}
