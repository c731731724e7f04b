// Package convention reads what libraries write into the headers, properties and bodies of messages on
// RabbitMQ: which of them made a message, what it means to them, and how it came to be dead.
//
// It is pure: it takes a message as the source hands it out, with properties under their specified
// names (AMQP 0-9-1, class basic) before the headers, and tables as JSON. Whatever is not as a
// convention has it is left unsaid; nothing here fails.
package convention
