// Package rabbitd is an AMQP 0-9-1 broker with a management HTTP API in this process. It behaves as
// RabbitMQ 3.10.8 does: a client cannot tell, apart from what the packages broker, session and
// management list. It serves over TCP, over TLS, and in memory as net/http/httptest does, the last
// inside testing/synctest too.
package rabbitd
