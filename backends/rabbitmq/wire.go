package rabbitmq

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"bustop/backends"
)

// The management API's JSON is written by Erlang: an absent value may be missing, null, "" or
// "undefined", and an empty object may be []. The types below take all of these as unknown; none
// of them fails.

// number is a number or unknown.
type number struct {
	value float64
	known bool
}

// UnmarshalJSON takes a number or a string that holds one.
func (n *number) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(text, `"`)), 64)
	if *n = (number{}); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		*n = number{v, true}
	}
	return nil
}

// count is the number as a count; negative ones, which overflow elsewhere, are unknown.
func (n number) count() backends.Count {
	if !n.known || n.value < 0 || n.value > math.MaxInt64/2 {
		return backends.Count{}
	}
	return backends.ExactCount(int64(n.value))
}

func (n number) rate() backends.Rate {
	if !n.known {
		return backends.Rate{}
	}
	return backends.ExactRate(n.value)
}

// word is a string; whatever is no string, and the Erlang words for nothing, are "".
type word string

// UnmarshalJSON takes a string.
func (w *word) UnmarshalJSON(text []byte) error {
	var s string
	if *w = ""; json.Unmarshal(text, &s) == nil && s != "undefined" && s != "none" {
		*w = word(s)
	}
	return nil
}

// truth is true only when the API says so.
type truth bool

// UnmarshalJSON takes true, and "true" as some proxies write it.
func (f *truth) UnmarshalJSON(text []byte) error {
	*f = string(bytes.Trim(text, `"`)) == "true"
	return nil
}

// table is an object with values of any kind; numbers keep their text. It is nil when unknown,
// and not nil but empty for [], which is how an empty object is written.
type table map[string]any

// UnmarshalJSON takes an object or an empty array.
func (t *table) UnmarshalJSON(text []byte) error {
	*t = nil
	if bytes.HasPrefix(text, []byte("[")) {
		*t = table{}
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var m map[string]any
	if decoder.Decode(&m) == nil && m != nil {
		*t = m
	}
	return nil
}

// text returns a string value, "" when there is none.
func (t table) text(key string) string {
	s, _ := t[key].(string)
	return s
}

// integer returns a number without fraction.
func (t table) integer(key string) (int64, bool) {
	switch v := t[key].(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, true
		}
	}
	return 0, false
}

// maybe is an object or unknown.
type maybe[T any] struct {
	value T
	known bool
}

// UnmarshalJSON takes an object.
func (m *maybe[T]) UnmarshalJSON(text []byte) error {
	*m = maybe[T]{}
	if bytes.HasPrefix(text, []byte("{")) {
		m.known = json.Unmarshal(text, &m.value) == nil
	}
	return nil
}

// list is an array; anything else is empty, and items of another shape are left out.
type list[T any] []T

// UnmarshalJSON takes an array.
func (l *list[T]) UnmarshalJSON(text []byte) error {
	*l = nil
	var raw []json.RawMessage
	if json.Unmarshal(text, &raw) != nil {
		return nil
	}
	for _, r := range raw {
		var item T
		if bytes.HasPrefix(r, []byte("{")) && json.Unmarshal(r, &item) == nil {
			*l = append(*l, item)
		}
	}
	return nil
}

// slope is the ..._details object of a counter.
type slope struct {
	Rate number `json:"rate"`
}

// messageStats are the counters of messages of a queue, an exchange or everything.
type messageStats struct {
	Publish    number       `json:"publish"`
	Deliver    number       `json:"deliver"`
	Get        number       `json:"deliver_get"`
	In         number       `json:"publish_in"`
	Out        number       `json:"publish_out"`
	Ack        number       `json:"ack"`
	PublishD   maybe[slope] `json:"publish_details"`
	GetD       maybe[slope] `json:"deliver_get_details"`
	InD        maybe[slope] `json:"publish_in_details"`
	OutD       maybe[slope] `json:"publish_out_details"`
	RedeliverD maybe[slope] `json:"redeliver_details"`
	AckD       maybe[slope] `json:"ack_details"`
}

// queueRow is a queue as /api/queues shows it.
type queueRow struct {
	Name          string              `json:"name"`
	Type          word                `json:"type"`
	State         word                `json:"state"`
	Policy        word                `json:"policy"`
	Messages      number              `json:"messages"`
	Ready         number              `json:"messages_ready"`
	Unacked       number              `json:"messages_unacknowledged"`
	Bytes         number              `json:"message_bytes"`
	ReadyBytes    number              `json:"message_bytes_ready"`
	Consumers     number              `json:"consumers"`
	Exclusive     truth               `json:"exclusive"`
	AutoDelete    truth               `json:"auto_delete"`
	Arguments     table               `json:"arguments"`
	Effective     table               `json:"effective_policy_definition"`
	HeadTime      number              `json:"head_message_timestamp"`
	ExclusiveTag  word                `json:"exclusive_consumer_tag"`
	Stats         maybe[messageStats] `json:"message_stats"`
	MessagesD     maybe[slope]        `json:"messages_details"`
	ConsumerNotes list[struct {
		Exclusive truth `json:"exclusive"`
	}] `json:"consumer_details"`
}

// queueColumns are the fields of queueRow that listings ask for.
const queueColumns = "name,type,state,policy,messages,messages_ready,messages_unacknowledged,message_bytes," +
	"consumers,exclusive,auto_delete,arguments,effective_policy_definition,head_message_timestamp," +
	"message_stats.publish,message_stats.deliver_get," +
	"message_stats.publish_details.rate,message_stats.deliver_get_details.rate,messages_details.rate"

// totalsColumns are those that the server knows without its statistics.
const totalsColumns = "name,type,state,exclusive,auto_delete,arguments,messages,messages_ready,messages_unacknowledged"

// exchangeRow is an exchange as /api/exchanges shows it.
type exchangeRow struct {
	Name       string              `json:"name"`
	Type       word                `json:"type"`
	Policy     word                `json:"policy"`
	Durable    truth               `json:"durable"`
	AutoDelete truth               `json:"auto_delete"`
	Internal   truth               `json:"internal"`
	Arguments  table               `json:"arguments"`
	Stats      maybe[messageStats] `json:"message_stats"`
}

const exchangeColumns = "name,type,policy,durable,auto_delete,internal,arguments," +
	"message_stats.publish_in,message_stats.publish_out," +
	"message_stats.publish_in_details.rate,message_stats.publish_out_details.rate"

// bindingRow is a binding as /api/bindings shows it.
type bindingRow struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Kind        word   `json:"destination_type"`
	Key         string `json:"routing_key"`
	Arguments   table  `json:"arguments"`
}

// policyRow is a policy as /api/policies shows it.
type policyRow struct {
	Name       string `json:"name"`
	Pattern    string `json:"pattern"`
	ApplyTo    word   `json:"apply-to"`
	Definition table  `json:"definition"`
	Priority   number `json:"priority"`
}

// gotRow is a message as POST /api/queues/{vhost}/{name}/get returns it.
type gotRow struct {
	Payload     string `json:"payload"`
	Encoding    word   `json:"payload_encoding"`
	Bytes       number `json:"payload_bytes"`
	Redelivered truth  `json:"redelivered"`
	Exchange    string `json:"exchange"`
	Key         string `json:"routing_key"`
	Properties  table  `json:"properties"`
}

// seconds is a number of seconds since 1970 as a time, zero when unknown or absurd.
func (n number) seconds() time.Time {
	if !n.known || n.value <= 0 || n.value > 253402300799 { // the end of the year 9999
		return time.Time{}
	}
	return time.Unix(int64(n.value), 0)
}
