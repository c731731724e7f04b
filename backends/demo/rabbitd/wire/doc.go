// Package wire reads and writes the bytes of AMQP 0-9-1: frames, methods, field tables and content
// headers, as the specification (https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf) and
// RabbitMQ's errata (https://www.rabbitmq.com/amqp-0-9-1-errata.html) have them. It knows nothing
// of connections, channels or queues.
//
// Nothing that a peer claims is allocated before it was checked: a length is compared with what is
// left of the frame, and a frame with the limit that was negotiated.
package wire
