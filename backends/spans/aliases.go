package spans

import "slices"

// renamed lists attributes that had another name before, the old name first: the schema file of
// the semantic conventions 1.43.0 (opentelemetry.io/schemas/1.43.0) as far as brokers, data
// stores and HTTP go, and names that older documents about codecs and Redis keys used.
func renamed() [][2]string {
	return [][2]string{
		{"messaging.destination", "messaging.destination.name"},
		{"messaging.message_id", "messaging.message.id"},
		{"messaging.conversation_id", "messaging.message.conversation_id"},
		{"messaging.message.payload_size_bytes", "messaging.message.body.size"},
		{"messaging.message_payload_size_bytes", "messaging.message.body.size"},
		{"messaging.operation", "messaging.operation.type"},
		{"messaging.operation", "messaging.operation.name"},
		{"messaging.rabbitmq.routing_key", "messaging.rabbitmq.destination.routing_key"},
		{"messaging.rabbitmq.delivery_tag", "messaging.rabbitmq.message.delivery_tag"},
		{"messaging.consumer.id", "messaging.client.id"},
		{"messaging.consumer_id", "messaging.client.id"},
		{"messaging.client_id", "messaging.client.id"},
		{"messaging.kafka.consumer_group", "messaging.consumer.group.name"},
		{"messaging.kafka.consumer.group", "messaging.consumer.group.name"},
		{"messaging.kafka.partition", "messaging.destination.partition.id"},
		{"messaging.kafka.destination.partition", "messaging.destination.partition.id"},
		{"messaging.kafka.message.offset", "messaging.kafka.offset"},
		{"db.system", "db.system.name"},
		{"db.operation", "db.operation.name"},
		{"db.statement", "db.query.text"},
		{"db.name", "db.namespace"},
		{"db.redis.database_index", "db.namespace"},
		{"db.redis.key", "bustop.redis.key"},
		{"db.redis.num_cmd", "db.operation.batch.size"},
		{"codec.size_bytes", "codec.output_size_bytes"},
		{"http.method", "http.request.method"},
		{"http.status_code", "http.response.status_code"},
		{"http.url", "url.full"},
		{"net.peer.name", "server.address"},
		{"net.peer.port", "server.port"},
		{"net.sock.peer.addr", "network.peer.address"},
		{"net.sock.peer.port", "network.peer.port"},
	}
}

// Aliases returns the names under which an attribute may stand on a span: the name itself first,
// then those that it had before or has now. What an application sent is never rewritten.
func Aliases(key string) []string {
	names := []string{key}
	for _, pair := range renamed() {
		if pair[0] == key && !slices.Contains(names, pair[1]) {
			names = append(names, pair[1])
		}
		if pair[1] == key {
			names = append(names, pair[0])
		}
	}
	return names
}

// Attribute returns the value of an attribute of the span, else of its resource, under any of
// its names.
func (s *Span) Attribute(key string) (string, bool) {
	for _, name := range Aliases(key) {
		for _, list := range [][]Attr{s.Attributes, s.Resource} {
			for _, a := range list {
				if a.Key == name {
					return a.Value, true
				}
			}
		}
	}
	return "", false
}

// Service returns the service.name of the span's resource.
func (s *Span) Service() string {
	for _, a := range s.Resource {
		if a.Key == "service.name" {
			return a.Value
		}
	}
	return ""
}
