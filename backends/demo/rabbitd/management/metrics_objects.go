package management

import (
	"math"
	"slices"

	"bustop/backends/demo/rabbitd/broker"
)

// figure is a metric of one kind of objects.
type figure[T any] struct {
	counts      bool // else a gauge
	name, about string
	value       func(T) float64
}

// write writes figures of objects, each figure with all its objects.
func write[T any](s *scrape, objects []T, labels func(T) string, figures []figure[T]) {
	written := make([]string, len(objects))
	for i := range objects {
		written[i] = labels(objects[i])
	}
	for _, f := range figures {
		samples := make([]sample, len(objects))
		for i := range objects {
			samples[i] = sample{written[i], f.value(objects[i])}
		}
		if f.counts {
			s.counter(f.name, f.about, samples...)
		} else {
			s.gauge(f.name, f.about, samples...)
		}
	}
}

type queue = *broker.QueueInfo

func (s *scrape) queues() []queue {
	var out []queue
	for _, q := range s.broker.Queues("") {
		if s.wants(q.VHost) {
			out = append(out, &q)
		}
	}
	return out
}

func queueLabel(q queue) string { return label("vhost", q.VHost, "queue", q.Name) }

func (s *scrape) queueLengths() {
	write(s, s.queues(), queueLabel, []figure[queue]{
		{false, "queue_messages_ready", "Messages that wait", func(q queue) float64 { return float64(q.Ready) }},
		{false, "queue_messages_unacked", "Messages that consumers hold", func(q queue) float64 { return float64(q.Unacked) }},
		{false, "queue_messages", "Messages", func(q queue) float64 { return float64(q.Messages) }},
		{true, "queue_process_reductions_total", "Work of the queue's process", func(queue) float64 { return 0 }},
	})
}

func consumersFigure() figure[queue] {
	return figure[queue]{false, "queue_consumers", "Consumers", func(q queue) float64 { return float64(q.Consumers) }}
}

func (s *scrape) queueConsumers() {
	write(s, s.queues(), queueLabel, []figure[queue]{consumersFigure()})
}

func (s *scrape) queueDetails() {
	none := func(queue) float64 { return 0 }
	bytes := func(q queue) float64 { return float64(q.Bytes) }
	capacity := func(q queue) float64 { return q.Capacity }
	head := func(q queue) float64 {
		if q.HeadTimestamp.IsZero() {
			return math.NaN()
		}
		return float64(q.HeadTimestamp.Unix())
	}
	write(s, s.queues(), queueLabel, []figure[queue]{
		consumersFigure(),
		{false, "queue_consumer_capacity", "Share of time in which consumers can take messages", s.unlessStream(capacity)},
		{false, "queue_consumer_utilisation", "The same as the capacity", capacity},
		{false, "queue_process_memory_bytes", "Memory in use", func(q queue) float64 { return float64(q.MemoryBytes) }},
		{false, "queue_messages_ram", "Messages in memory", func(q queue) float64 { return float64(q.Messages) }},
		{false, "queue_messages_ram_bytes", "Bytes of messages in memory", bytes},
		{false, "queue_messages_ready_ram", "Waiting messages in memory", func(q queue) float64 { return float64(q.Ready) }},
		{false, "queue_messages_unacked_ram", "Held messages in memory", func(q queue) float64 { return float64(q.Unacked) }},
		{false, "queue_messages_persistent", "Persistent messages", func(q queue) float64 { return float64(q.Persistent) }},
		{
			false, "queue_messages_persistent_bytes", "Bytes of persistent messages",
			s.unlessStream(func(q queue) float64 { return float64(q.PersistentBytes) }),
		},
		{false, "queue_messages_bytes", "Bytes of messages", bytes},
		{false, "queue_messages_ready_bytes", "Bytes of waiting messages", func(q queue) float64 { return float64(q.ReadyBytes) }},
		{
			false, "queue_messages_unacked_bytes", "Bytes of held messages",
			func(q queue) float64 { return float64(q.UnackedBytes) },
		},
		{false, "queue_messages_paged_out", "Messages on disk only", none},
		{false, "queue_messages_paged_out_bytes", "Bytes of messages on disk only", none},
		{false, "queue_head_message_timestamp", "Timestamp of the first message", head},
		{true, "queue_disk_reads_total", "Reads from disk", none},
		{true, "queue_disk_writes_total", "Writes to disk", none},
	})
}

// unlessStream is a figure that streams do not have, which RabbitMQ therefore does not sum up where
// there is one.
func (s *scrape) unlessStream(value func(queue) float64) func(queue) float64 {
	return func(q queue) float64 {
		if s.sums && q.Type == "stream" {
			return math.NaN()
		}
		return value(q)
	}
}

type channel = *broker.ChannelInfo

// channels lists the channels, with their details when these are wanted.
func (s *scrape) channels(details bool) []channel {
	var out []channel
	for _, x := range s.broker.Channels() {
		if details {
			full, ok := s.broker.ChannelByName(x.Ref.Name)
			if !ok {
				continue
			}
			x = full
		}
		out = append(out, &x)
	}
	return out
}

func channelLabel(x channel) string { return label("channel", pid(x.Ref.ID)) }

func (s *scrape) channelWork() {
	write(s, s.channels(false), channelLabel, []figure[channel]{
		{true, "channel_process_reductions_total", "Work of the channel's process", func(channel) float64 { return 0 }},
	})
}

func (s *scrape) channelDetails() {
	write(s, s.channels(false), channelLabel, []figure[channel]{
		{false, "channel_consumers", "Consumers", func(x channel) float64 { return float64(x.Consumers) }},
		{false, "channel_messages_unacked", "Messages delivered and not acknowledged", func(x channel) float64 { return float64(x.Unacked) }},
		{false, "channel_messages_unconfirmed", "Messages published and not confirmed", func(x channel) float64 { return float64(x.Unconfirmed) }},
		{false, "channel_messages_uncommitted", "Messages in a transaction", func(x channel) float64 { return float64(x.Uncommitted) }},
		{false, "channel_acks_uncommitted", "Acknowledgements in a transaction", func(x channel) float64 { return float64(x.AcksUncommitted) }},
		{false, "consumer_prefetch", "Limit for each consumer", func(x channel) float64 { return float64(x.Prefetch) }},
		{false, "channel_prefetch", "Limit for the channel", func(x channel) float64 { return float64(x.GlobalPrefetch) }},
	})
}

// pair is what one channel has done with one exchange or queue.
type pair struct {
	labels   string
	counters broker.Counters
}

func pairLabel(p pair) string { return p.labels }

func (s *scrape) channelPublishing() {
	var pairs []pair
	for _, x := range s.channels(true) {
		for _, d := range x.Publishes {
			if s.wants(x.VHost) {
				pairs = append(pairs, pair{label("channel", pid(x.Ref.ID), "vhost", x.VHost, "exchange", d.Exchange), d.Counters})
			}
		}
	}
	write(s, pairs, pairLabel, []figure[pair]{
		{true, "channel_messages_published_total", "Messages published", func(p pair) float64 { return float64(p.counters.Publish) }},
		{true, "channel_messages_confirmed_total", "Messages confirmed", func(p pair) float64 { return float64(p.counters.Confirm) }},
		{
			true, "channel_messages_unroutable_returned_total", "Messages returned",
			func(p pair) float64 { return float64(p.counters.ReturnUnroutable) },
		},
		{
			true, "channel_messages_unroutable_dropped_total", "Messages that went nowhere",
			func(p pair) float64 { return float64(p.counters.DropUnroutable) },
		},
	})
}

func (s *scrape) channelDelivering() {
	var pairs []pair
	for _, x := range s.channels(true) {
		for _, d := range x.Deliveries {
			if s.wants(x.VHost) {
				pairs = append(pairs, pair{label("channel", pid(x.Ref.ID), "vhost", x.VHost, "queue", d.Queue), d.Counters})
			}
		}
	}
	write(s, pairs, pairLabel, []figure[pair]{
		{true, "channel_get_ack_total", "Messages fetched, to be acknowledged", func(p pair) float64 { return float64(p.counters.Get) }},
		{true, "channel_get_total", "Messages fetched without", func(p pair) float64 { return float64(p.counters.GetNoAck) }},
		{true, "channel_messages_delivered_ack_total", "Messages delivered, to be acknowledged", func(p pair) float64 { return float64(p.counters.Deliver) }},
		{true, "channel_messages_delivered_total", "Messages delivered without", func(p pair) float64 { return float64(p.counters.DeliverNoAck) }},
		{true, "channel_messages_redelivered_total", "Messages delivered again", func(p pair) float64 { return float64(p.counters.Redeliver) }},
		{true, "channel_messages_acked_total", "Messages acknowledged", func(p pair) float64 { return float64(p.counters.Ack) }},
		{true, "channel_get_empty_total", "Fetches that found nothing", func(p pair) float64 { return float64(p.counters.GetEmpty) }},
	})
}

// queuePublishing has no channels: what a channel has put into a queue is counted by queue.
func (s *scrape) queuePublishing() {
	var pairs []pair
	for _, q := range s.queues() {
		full, ok := s.broker.Queue(q.VHost, q.Name)
		if !ok {
			continue
		}
		for _, d := range full.Incoming {
			pairs = append(pairs, pair{label(
				"queue_vhost", q.VHost, "queue", q.Name, "exchange_vhost", q.VHost, "exchange", d.Exchange,
			), d.Counters})
		}
	}
	write(s, pairs, pairLabel, []figure[pair]{
		{true, "queue_messages_published_total", "Messages published to queues", func(p pair) float64 { return float64(p.counters.Publish) }},
	})
}

type connection = *broker.ConnectionInfo

func (s *scrape) connections() []connection {
	var out []connection
	for _, x := range s.broker.Connections() {
		out = append(out, &x)
	}
	return out
}

func connectionLabel(x connection) string { return label("channel", pid(x.ID)) }

func (s *scrape) connectionBytes() {
	write(s, s.connections(), connectionLabel, []figure[connection]{
		{true, "connection_incoming_bytes_total", "Bytes received", func(x connection) float64 { return float64(x.BytesIn) }},
		{true, "connection_outgoing_bytes_total", "Bytes sent", func(x connection) float64 { return float64(x.BytesOut) }},
		{true, "connection_process_reductions_total", "Work of the connection's process", func(connection) float64 { return 0 }},
	})
}

func (s *scrape) connectionPackets() {
	write(s, s.connections(), connectionLabel, []figure[connection]{
		{true, "connection_incoming_packets_total", "Packets received", func(x connection) float64 { return float64(x.FramesIn) }},
		{true, "connection_outgoing_packets_total", "Packets sent", func(x connection) float64 { return float64(x.FramesOut) }},
		{false, "connection_pending_packets", "Packets that wait to be sent", func(connection) float64 { return 0 }},
		{false, "connection_channels", "Channels", func(x connection) float64 { return float64(x.Channels) }},
	})
}

// exchanges lists those that clients can publish to by name.
func (s *scrape) exchanges() []broker.ExchangeInfo {
	return slices.DeleteFunc(s.broker.Exchanges(""), func(x broker.ExchangeInfo) bool {
		return x.Name == "" || x.Internal || !s.wants(x.VHost)
	})
}

func exchangeLabel(x *broker.ExchangeInfo) string {
	return label("vhost", x.VHost, "exchange", x.Name, "type", x.Type)
}

func (s *scrape) exchangeBindings() {
	count := map[[2]string]int{}
	for _, b := range s.broker.Bindings("") {
		count[[2]string{b.VHost, b.Source}]++
	}
	samples := []sample{}
	for _, x := range s.exchanges() {
		samples = append(samples, sample{exchangeLabel(&x), float64(count[[2]string{x.VHost, x.Name}])})
	}
	s.metric("rabbitmq_cluster_exchange_bindings", "gauge", "Bindings of an exchange", samples...)
}

func (s *scrape) exchangeNames() {
	samples := []sample{}
	for _, x := range s.exchanges() {
		samples = append(samples, sample{exchangeLabel(&x), 1})
	}
	s.metric("rabbitmq_cluster_exchange_name", "gauge", "Exchanges, each with the value 1", samples...)
}

func (s *scrape) vhostStatus() {
	samples := []sample{}
	for _, v := range s.broker.VHosts() {
		if s.wants(v.Name) {
			samples = append(samples, sample{label("vhost", v.Name), 1})
		}
	}
	s.metric("rabbitmq_cluster_vhost_status", "gauge", "1 while the virtual host runs", samples...)
}
