// Package routing tells where RabbitMQ would route a message, from what is declared alone
// (https://www.rabbitmq.com/docs/exchanges). It asks nobody and keeps nothing.
package routing
