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
//
// Where it is simpler than RabbitMQ:
//
//   - A publisher's confirm comes at once; RabbitMQ waits for the disk and joins several in one.
//   - Each message of a stream is a chunk of its own, so that prefetch is exact and the offset "last"
//     is the last message. A segment of a stream is at most an eighth of Options.MemoryLimit.
//   - Dead-lettering of quorum queues is always at most once.
//   - What a closing channel had taken from a quorum queue by more than 32 calls of basic.get comes
//     back in its order; RabbitMQ's order is then that of a hash.
//   - x-expires of a quorum queue holds to the millisecond, not to its tick of five seconds.
//   - Patterns are Go's regular expressions with a negative look-ahead at the start.
//   - Fields of tables have no order.
package broker
