package management

import (
	"encoding/json"
	"strconv"
	"time"

	"bustop/backends"
)

// Consumer is a consumer as /api/consumers and the consumer_details of a queue show it.
type Consumer struct {
	Tag string `json:"consumer_tag"`
	// Active is true also where the server does not tell.
	Active    bool   `json:"active"`
	Activity  Word   `json:"activity_status"`
	Ack       Truth  `json:"ack_required"`
	Exclusive Truth  `json:"exclusive"`
	Prefetch  Number `json:"prefetch_count"`
	Queue     struct {
		Name string `json:"name"`
	} `json:"queue"`
	Channel ChannelRef `json:"channel_details"`
}

// UnmarshalJSON takes an object. A server that does not tell whether a consumer is active knows no
// others than active ones.
func (c *Consumer) UnmarshalJSON(text []byte) error {
	type plain Consumer
	told := plain{Active: true}
	err := json.Unmarshal(text, &told)
	*c = Consumer(told)
	return err
}

// ChannelRef is a channel as other objects name it.
type ChannelRef struct {
	Name       Word   `json:"name"`
	Number     Number `json:"number"`
	Connection Word   `json:"connection_name"`
	PeerHost   Word   `json:"peer_host"`
	PeerPort   Number `json:"peer_port"`
	User       Word   `json:"user"`
}

// Address is host:port of the client, "" when it is not told.
func (r ChannelRef) Address() string { return peer(r.PeerHost, r.PeerPort) }

func peer(host Word, port Number) string {
	if host == "" || !port.Known {
		return string(host)
	}
	return string(host) + ":" + strconv.FormatInt(int64(port.Value), 10)
}

// Channel is what a consumer's channel tells of its work.
type Channel struct {
	Name      Word                `json:"name"`
	State     Word                `json:"state"`
	User      Word                `json:"user"`
	Unacked   Number              `json:"messages_unacknowledged"`
	Prefetch  Number              `json:"prefetch_count"`
	Global    Number              `json:"global_prefetch_count"`
	IdleSince Word                `json:"idle_since"`
	Stats     Maybe[MessageStats] `json:"message_stats"`
}

// ChannelFields are the columns of Channel.
const ChannelFields = "name,state,user,messages_unacknowledged,prefetch_count,global_prefetch_count,idle_since," +
	"message_stats.ack,message_stats.ack_details.rate"

// Peer is what the connection of a client tells of it.
type Peer struct {
	Name      Word   `json:"name"`
	State     Word   `json:"state"`
	User      Word   `json:"user"`
	Host      Word   `json:"peer_host"`
	Port      Number `json:"peer_port"`
	Connected Number `json:"connected_at"` // milliseconds since 1970
	Client    Table  `json:"client_properties"`
}

// PeerFields are the columns of Peer.
const PeerFields = "name,state,user,peer_host,peer_port,connected_at,client_properties"

// Address is host:port of the client.
func (p Peer) Address() string { return peer(p.Host, p.Port) }

// Since is when the client connected, zero when that is not told.
func (p Peer) Since() time.Time {
	return Number{p.Connected.Value / 1000, p.Connected.Known}.Seconds()
}

// Moment reads a time as the management API writes it, "2026-11-23 13:37:05" in UTC or with a zone as
// from 3.11 on; zero for anything else.
func (w Word) Moment() time.Time {
	for _, form := range []string{time.DateTime, time.RFC3339Nano, "2006-1-2 15:4:5"} {
		if t, err := time.Parse(form, string(w)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// FullQueue is one queue as /api/queues/{vhost}/{name} shows it.
type FullQueue struct {
	Queue
	Durable        Truth          `json:"durable"`
	OperatorPolicy Word           `json:"operator_policy"`
	Memory         Number         `json:"memory"`
	Capacity       Number         `json:"consumer_capacity"`
	Utilisation    Number         `json:"consumer_utilisation"`
	Node           Word           `json:"node"`
	Leader         Word           `json:"leader"`
	Members        Words          `json:"members"`
	Online         Words          `json:"online"`
	Mirrors        Words          `json:"slave_nodes"`
	InSync         Words          `json:"synchronised_slave_nodes"`
	SingleActive   Word           `json:"single_active_consumer_tag"`
	SingleQuorum   Word           `json:"single_active_consumer_ctag"`
	IdleSince      Word           `json:"idle_since"`
	Oldest         Number         `json:"oldest_message_received_timestamp"` // milliseconds since 1970
	Owner          Maybe[struct { // of an exclusive queue
		Name Word `json:"name"`
	}] `json:"owner_pid_details"`
	Readers List[Consumer] `json:"consumer_details"`
	Lengths Maybe[History] `json:"messages_details"`
	Counts  Maybe[Done]    `json:"message_stats"`
}

// UnmarshalJSON takes an object. Some of its parts are read twice, for what listings take of them and
// for their histories.
func (q *FullQueue) UnmarshalJSON(text []byte) error {
	type plain FullQueue
	if err := json.Unmarshal(text, (*plain)(q)); err != nil {
		return err
	}
	return json.Unmarshal(text, &q.Queue)
}

// History are past values of a counter, the newest first, as lengths_age and msg_rates_age ask for them.
type History struct {
	Rate    Number `json:"rate"`
	Samples List[struct {
		Value Number `json:"sample"`
		At    Number `json:"timestamp"` // milliseconds since 1970
	}] `json:"samples"`
}

// Done are the counters of messages that left a queue: acknowledged, or sent to consumers and takers
// that do not acknowledge.
type Done struct {
	Ack           Number         `json:"ack"`
	DeliverNoAck  Number         `json:"deliver_no_ack"`
	GetNoAck      Number         `json:"get_no_ack"`
	Redeliver     Number         `json:"redeliver"`
	AckD          Maybe[History] `json:"ack_details"`
	DeliverNoAckD Maybe[History] `json:"deliver_no_ack_details"`
	GetNoAckD     Maybe[History] `json:"get_no_ack_details"`
	RedeliverD    Maybe[Slope]   `json:"redeliver_details"`
}

// Total is how many messages are done with.
func (d Done) Total() Number {
	return Number{d.Ack.Value + d.DeliverNoAck.Value + d.GetNoAck.Value, d.Ack.Known || d.DeliverNoAck.Known || d.GetNoAck.Known}
}

// Rate is how many are done with a second.
func (d Done) Rate() Maybe[Slope] {
	var sum Number
	for _, h := range []Maybe[History]{d.AckD, d.DeliverNoAckD, d.GetNoAckD} {
		sum.Value += h.Value.Rate.Value
		sum.Known = sum.Known || h.Value.Rate.Known
	}
	return Maybe[Slope]{Slope{sum}, sum.Known}
}

// Moment is the time of the i-th sample.
func (h History) Moment(i int) time.Time {
	return Number{h.Samples[i].At.Value / 1000, h.Samples[i].At.Known}.Seconds()
}

// Words is an array of strings; anything else is empty.
type Words []string

// UnmarshalJSON takes an array; what is no string in it is left out.
func (l *Words) UnmarshalJSON(text []byte) error {
	*l = nil
	var raw []Word
	if json.Unmarshal(text, &raw) == nil {
		for _, w := range raw {
			if w != "" {
				*l = append(*l, string(w))
			}
		}
	}
	return nil
}

// Share is the number as a part of a whole.
func (n Number) Share() backends.Share {
	if !n.Known || n.Value < 0 || n.Value > 1 {
		return backends.Share{}
	}
	return backends.Share{Value: n.Value, Certainty: backends.Exact}
}
