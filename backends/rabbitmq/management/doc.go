// Package management asks the HTTP API of RabbitMQ's management plugin
// (rabbitmq.com/docs/http-api-reference): a Client with one error for whatever may answer at its port, a
// Lister that pages instead of asking for everything, and the API's objects as Go values. Only reading
// requests and the peek leave it (package gate).
//
// The API's JSON is written by Erlang and differs between versions: Number, Word, Truth, Table, Maybe and
// List take what is absent, null, "" or "undefined" as unknown.
package management
