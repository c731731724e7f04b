package profile

import (
	"encoding/json"
	"slices"

	"bustop/backends"
)

// envelopes are the forms in which libraries put messages into streams, and into sorted sets.
func envelopes() []Profile {
	stream := func(name, payload, decode string, confirm func(Evidence) (Finding, bool)) Profile {
		return Profile{Name: name, Library: name, Kind: Stream, Keys: []Key{{
			Match: "*", Type: "stream", Confirm: confirm, Confidence: 0.95, Decode: decode, Payload: payload,
		}}}
	}
	return []Profile{
		{Name: "bullmq events", Library: "bullmq", Kind: Stream, Keys: []Key{{
			Match: "<prefix>:<name>:events", Type: "stream", Confirm: fields("event"), Confidence: 0.9, Payload: "event",
			Fields: map[string]string{"data": "json", "returnvalue": "json"},
		}}},
		{Name: "socket.io streams", Library: "socket.io", Kind: Stream, Keys: []Key{{
			Match: "socket.io*", Type: "stream", Confirm: fields("uid", "nsp", "type", "data"), Confidence: 0.97,
			Decode: "json or base64 → msgpack", Payload: "data",
		}}},
		watermill(),
		stream("dapr", "data", "json", cloudEvent),
		stream("taskiq", "data", "json", jsonField("data", "task_id", "task_name", "args", "kwargs")),
		stream("faststream", "__data__", "", fields("__data__")),
		stream("symfony messenger", "message", "json", jsonField("message", "body", "headers")),
		stream("nestjs-redis-streams", "data", "json", nestData),
		stream("spring data raw", "_raw", "", fields("_raw")),
		stream("spring data", "", "", fields("_class")),
		{Name: "one field", Kind: Stream, Keys: []Key{{
			Match: "*", Type: "stream", Confirm: oneField, Confidence: 0.6,
		}}},
		// github.com/django/channels_redis: a sorted set of 12 random bytes and msgpack, scored by time.
		{Name: "channels_redis", Library: "channels_redis", Kind: Mailbox, Keys: []Key{
			{Match: "asgi:group:<name>", Type: "zset", Confirm: scoredByTime, Confidence: 0.95},
			{Match: "asgi:<name>", Type: "zset", Confirm: channelsMessage, Confidence: 0.95, Decode: "skip 12 → msgpack"},
			{Match: "asgi<name>", Type: "zset", Confirm: channelsMessage, Confidence: 0.9, Decode: "skip 12 → msgpack"},
		}},
	}
}

// watermill puts its metadata beside the payload (github.com/ThreeDotsLabs/watermill-redisstream).
func watermill() Profile {
	return Profile{Name: "watermill", Library: "watermill", Kind: Stream, Keys: []Key{{
		Match: "*", Type: "stream", Confirm: fields("_watermill_message_uuid", "metadata", "payload"), Confidence: 0.95,
		Payload: "payload", Fields: map[string]string{"metadata": "msgpack"},
	}}}
}

// jsonField asks for an object in JSON with members in one field: what tells the messages of a library whose
// field has anybody's name (github.com/taskiq-python/taskiq-redis, symfony/redis-messenger).
func jsonField(name string, members ...string) func(Evidence) (Finding, bool) {
	return func(e Evidence) (Finding, bool) {
		text, ok := e.Field(name)
		if !ok {
			return Finding{}, false
		}
		found := jsonMembers(text)
		return Finding{}, !slices.ContainsFunc(members, func(m string) bool { return !found[m] })
	}
}

// nestData: JSON in data, and the id by which answers find their request beside it
// (github.com/tamimaj/nestjs-redis-streams).
func nestData(e Evidence) (Finding, bool) {
	data, _ := e.Field("data")
	return Finding{Confidence: 0.8}, e.Has("data", "correlationId") && json.Valid([]byte(data))
}

// fields asks for fields in a hash or in a stream's newest entry.
func fields(names ...string) func(Evidence) (Finding, bool) {
	return func(e Evidence) (Finding, bool) { return Finding{}, e.Has(names...) }
}

// cloudEvent: the field data is a CloudEvent in JSON (github.com/cloudevents/spec, JSON format), as
// Dapr's pub/sub writes it.
func cloudEvent(e Evidence) (Finding, bool) {
	data, ok := e.Field("data")
	if !ok {
		return Finding{}, false
	}
	event := jsonMembers(data)
	return Finding{}, event["specversion"] && event["type"] && event["source"] && event["id"]
}

// payloadWords are the names by which people call the one field that matters.
func payloadWords() []string {
	return []string{"data", "payload", "message", "event", "body", "json", "msg", "value"}
}

// oneField: just one of the entry's fields has a name that says it is the payload.
func oneField(e Evidence) (Finding, bool) {
	var found []string
	for _, f := range e.Fields {
		if slices.Contains(payloadWords(), f.Name) {
			found = append(found, f.Name)
		}
	}
	if len(found) != 1 {
		return Finding{}, false
	}
	return Finding{Columns: []backends.Field{{Name: "payload", Value: []byte(found[0])}}}, true
}

// channelsPrefix is the length of what stands before the msgpack of a message.
const channelsPrefix = 12

// channelsMessage: all members are random bytes and one msgpack map, all scores are times.
func channelsMessage(e Evidence) (Finding, bool) {
	for _, m := range e.Members {
		if len(m.Value) <= channelsPrefix || !isMap(m.Value[channelsPrefix]) {
			return Finding{}, false
		}
		if n := msgpackLen(m.Value[channelsPrefix:]); n != len(m.Value)-channelsPrefix {
			return Finding{}, false
		}
	}
	return scoredByTime(e)
}
