// Package rabbitd is an AMQP 0-9-1 broker with a management HTTP API in this process. It behaves as
// RabbitMQ 3.10.8 does: a client cannot tell, apart from what is listed here and, for the HTTP API,
// in package management. It serves over TCP, over TLS, and in memory as net/http/httptest does, the
// last inside testing/synctest too.
//
// What an AMQP client sees that is not as in RabbitMQ, and why:
//
//   - platform, copyright and information of connection.start say what this is.
//   - The protocol header of AMQP 0-8, which RabbitMQ still takes, is answered with that of 0-9-1: no
//     client sends it.
//   - In x-death the fields of a table stand in the order of their names. RabbitMQ has an order of its
//     own; AMQP gives it no meaning.
//   - A stream is delivered message by message. RabbitMQ delivers chunks, whose size is chance, and
//     so may exceed the prefetch count or begin "last" some messages earlier.
//
// TestLikeRabbitMQ compares the two and knows the first three; it fails when there is a fourth.
package rabbitd
