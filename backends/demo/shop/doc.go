// Package shop is the story that a demo tells: an order shop of some thirty services, all of
// them ordinary clients of a Redis and a RabbitMQ, that know nothing of a console.
//
// A customer's order is published to a topic exchange, billed under a lock, written to a Redis
// stream that a ledger and a slow fraud check read, shipped from a quorum queue under a
// Redisson-shaped lock, invoiced by one of two invoicers, announced by mail and SMS. What cannot
// be read is dead-lettered, what fails comes back over a ladder of TTL queues, what does not fit
// any parcel runs into its delivery limit. Beside that prices go over plain, pattern and sharded
// channels, sellers climb leaderboards, visitors meet a cache, a session and two rate limiters,
// and jobs wait in a list, in BullMQ's keys and in Sidekiq's.
//
// What happens, in which order and with which bytes is a pure function of the seed and the
// scenario; when a worker gets to it is not. Everything the shop writes is bounded, so that it may
// run for days, and all waiting is done by timers, so that it may run days within a
// testing/synctest bubble.
package shop
