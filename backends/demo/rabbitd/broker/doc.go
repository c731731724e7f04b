// Package broker is the core of an AMQP 0-9-1 broker that behaves as RabbitMQ 3.10.8 does: virtual
// hosts, exchanges, bindings, queues, messages, dead letters, consumers, users, permissions,
// policies, alarms and counters. It has no network, no HTTP and no goroutine: sessions call it, and
// it answers by what its methods return and through each connection's Outlet.
//
// One lock guards a whole Broker. Every exported method takes it, so none may be called from an
// Outlet or from a function that the broker calls.
//
// Everything lives in memory: durable and persistent are remembered and reported, nothing outlives
// the process.
package broker
