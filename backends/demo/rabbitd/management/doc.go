// Package management serves the HTTP API of RabbitMQ 3.10.8's management plugin over a broker.Broker:
// the same paths, keys, kinds of values, defaults, order, error bodies and habits, so that a client
// cannot tell it from a real node (rabbitmq.com/docs/http-api-reference). A Sampler takes the
// broker's counters at an interval; every "rate" comes from it. Metrics writes what the
// rabbitmq_prometheus plugin serves on port 15692.
//
// What is not as in RabbitMQ, and why:
//
//   - There is no Erlang: reductions, garbage_collection, context_switches, gc_num, run_queue and
//     the counts of files, disk and database work are there and 0. memory of queues and nodes is what
//     the messages take, proc_used is the number of goroutines.
//   - Regular expressions are Go's: no look-around and no back-references.
//   - Only what rates_mode basic shows is shown unless the options say otherwise: incoming, outgoing and
//     deliveries are empty, as in RabbitMQ's default. A channel's publishes and deliveries always are.
//   - The name of the cluster cannot be changed, definitions cannot be imported, runtime parameters
//     cannot be set, and nothing can be reset or rebalanced: 405.
//   - /cli/rabbitmqadmin, the web pages, OAuth and answers in BERT are not served.
//   - Metrics has no metrics of Erlang, files, Raft, logins and protocols, and counts what goes into a
//     queue by exchange and not by channel too.
//   - A queue, an exchange or a binding that is made or removed here is made through a connection
//     that lives for the moment, so that it counts in churn_rates.
package management
