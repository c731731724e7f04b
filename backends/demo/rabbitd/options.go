package rabbitd

import (
	"crypto/tls"
	"errors"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/session"
	"bustop/backends/demo/rabbitd/wire"
)

// Options say how a server starts. The zero value is a fresh RabbitMQ node on free ports.
type Options struct {
	// Addr and ManagementAddr are the addresses for AMQP and for HTTP; "" is a free port of
	// 127.0.0.1.
	Addr, ManagementAddr string
	// TLS, when not nil, adds listeners for amqps and https at TLSAddr and ManagementTLSAddr. With
	// ClientAuth and ClientCAs in it, clients need a certificate.
	TLS                        *tls.Config
	TLSAddr, ManagementTLSAddr string
	// External lets clients log in by the common name in their certificate (EXTERNAL).
	External bool
	// NoListen makes a server that is reached by Dial and DialManagement only.
	NoListen bool

	// Heartbeat is what clients are told, in whole seconds: default 60 s, negative for none.
	Heartbeat time.Duration
	// Users are there besides guest, with all permissions in the virtual host "/".
	Users []User
	// StatisticsInterval is how often rates are taken; default 1 s.
	StatisticsInterval time.Duration
	// DetailedRates shows what each exchange counted with each channel and queue, as RabbitMQ does with
	// management.rates_mode = detailed.
	DetailedRates bool
	// Broker are the options of the core.
	Broker broker.Options
	// Faults make the server misbehave, for tests.
	Faults Faults
}

// User is one who may log in.
type User struct {
	Name, Password string
	Tags           []string // administrator, monitoring, management, …
}

// Faults are asked before something is done, outside all locks. They are called from several
// goroutines at once, and may not end the server themselves.
type Faults struct {
	// Accept is asked for every new AMQP connection: Delay waits before it is served, Cut and Drop
	// close it.
	Accept func(addr string) Fault
	// Frame is asked for every frame that a connection reads (in) or writes, with the address of its
	// peer.
	Frame func(addr string, in bool, f wire.Frame) Fault
}

// Fault is what goes wrong with one connection or frame. The zero value is nothing.
type Fault = session.Fault

// ErrClosed is returned when the server is not running.
var ErrClosed = errors.New("rabbitd: server closed")

const (
	anyPort         = "127.0.0.1:0"
	defaultInterval = time.Second
	// farewell is how long clients have to confirm that the server closes their connections.
	farewell = time.Second
)

func (o Options) withDefaults() Options {
	for _, addr := range []*string{&o.Addr, &o.ManagementAddr, &o.TLSAddr, &o.ManagementTLSAddr} {
		if *addr == "" {
			*addr = anyPort
		}
	}
	if o.StatisticsInterval <= 0 {
		o.StatisticsInterval = defaultInterval
	}
	return o
}
