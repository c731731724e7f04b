package viewtest

import (
	"time"

	"bustop/backends"
)

// Redis is a source with one of everything, hostile names among them.
func Redis() *Source {
	return &Source{
		Backend: "redis", Address: "redis://127.0.0.1:6379",
		Now: backends.Status{
			State: backends.Live, Since: Start(), DataAt: Start(),
			Cost: backends.Cost{Requests: 120, PerSecond: 3.5, BytesIn: 48_000, Slowest: 1200 * time.Microsecond},
		},
		QueuePage: backends.Page[backends.Queue]{
			Items: []backends.Queue{
				{Name: "emails", Type: "list", Ready: backends.ExactCount(412), Total: backends.ExactCount(412), NetRate: backends.ExactRate(1.5)},
				{Name: Hostile, Type: "list", Ready: backends.ExactCount(1), Total: backends.ExactCount(1)},
			},
			Total: backends.ExactCount(2), Seen: 400, SeenOf: 1000,
		},
		StreamPage: streams(),
		ChannelPage: backends.Page[backends.Channel]{
			Items: []backends.Channel{
				{Name: "price.eur", Type: "channel", Subscribers: backends.ExactCount(4)},
				{Name: Hostile, Type: "channel", Subscribers: backends.ExactCount(1)},
			},
			Total: backends.ExactCount(2), Notes: []string{"2 pattern subscriptions cannot be listed"},
		},
		LockPage: backends.Page[backends.Lock]{
			Items: []backends.Lock{
				{Name: "lock:order:17", Holder: "worker-3", TTL: backends.ExactSpan(25 * time.Second), Library: "redis-py", Confidence: 0.9},
				{Name: "lock:forever", Holder: Hostile, NoExpiry: true, Confidence: 0.5},
				{Name: "report", Holder: "d2f1:7", TTL: backends.ExactSpan(3 * time.Second), Library: "Redisson", Confidence: 1, Reentrancy: backends.ExactCount(2)},
			},
			Total: backends.ExactCount(3),
		},
		LeaderboardPage: backends.Page[backends.Leaderboard]{
			Items: []backends.Leaderboard{{
				Name: "sales", Size: backends.ExactCount(1200),
				Top: []backends.Place{{Rank: 1, Member: "anna", Score: 99.5}, {Rank: 2, Member: "ben", Score: 80}, {Rank: 3, Member: Hostile, Score: -1}},
			}},
			Total: backends.ExactCount(1),
		},
		Places: []backends.Place{{Rank: 1, Member: "anna", Score: 99.5}, {Rank: 2, Member: "ben", Score: 80}, {Rank: 3, Member: Hostile, Score: -1}},
		Report: backends.HealthReport{
			Product: "Redis", Version: "7.0.15", Role: "master", Uptime: backends.ExactSpan(3 * time.Hour),
			Connections: backends.ExactCount(7), Operations: backends.ExactRate(1234), MemoryUsed: backends.ExactCount(12 << 20),
		},
		Plan:      backends.Plan{Consent: backends.Free},
		ShapePage: shapePage(), KeyRows: keyRows(), Content: keyContent(),
		Messages: []backends.Message{
			message("1-0", "application/msgpack", "\x82\xa2id\x11\xa4name\xa4Anna"),
			message("2-0", "", "\xa2bid\x12dnamecBen"),
			message("3-0", "", `{"id":19,"name":"`+"\u202e"+`evil"}`),
			message("4-0", "", Hostile),
		},
	}
}

// RabbitMQ is a source that is down and shows what it last knew.
func RabbitMQ() *Source {
	return &Source{
		Backend: "rabbitmq", Address: "amqp://127.0.0.1:5672",
		Now: backends.Status{
			State: backends.Down, Since: Start().Add(-12 * time.Second), DataAt: Start().Add(-14 * time.Second),
			Err: &backends.Error{Reason: backends.Unreachable, Source: "amqp://127.0.0.1:5672", What: "connection refused", Advice: "tried again every 2s"},
		},
		QueuePage: backends.Page[backends.Queue]{
			Items: []backends.Queue{
				{
					Name: "orders.billing", Type: "quorum", Ready: backends.ExactCount(17), Unacked: backends.ExactCount(5), Total: backends.ExactCount(22),
					Consumers: backends.ExactCount(2), InRate: backends.ExactRate(12.5), OutRate: backends.ExactRate(11), DeadLetterExchange: "dlx",
					Arguments: []backends.Field{{Name: "x-queue-type", Value: []byte("quorum")}},
				},
				{Name: "dead", Type: "classic", Ready: backends.ExactCount(3), Total: backends.ExactCount(3), Consumers: backends.ExactCount(0)},
			},
			Total: backends.ExactCount(2),
		},
		Plan: backends.Plan{Consent: backends.Confirm, Max: 10, Effects: []string{"Looking takes 10 messages out for about 5 ms and puts them back."}},
		Report: backends.HealthReport{
			Product: "RabbitMQ", Version: "3.10.8", Alarms: []backends.Alarm{{Severity: backends.Critical, Text: "memory alarm on rabbit@a: publishers are blocked"}},
		},
	}
}

func message(position, contentType, body string) backends.Message {
	return backends.Message{
		Target: backends.Target{Kind: backends.KindStream, Name: "orders"}, Position: position, Time: Start(),
		Headers: []backends.Field{{Name: "traceparent", Value: []byte("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")}, {Name: "who", Value: []byte(Hostile)}},
		Body:    []byte(body), Size: len(body), ContentType: contentType,
	}
}

// streams are one stream with a group that keeps up and one that does not.
func streams() backends.Page[backends.Stream] {
	return backends.Page[backends.Stream]{
		Items: []backends.Stream{{
			Name: "orders", Type: "stream", Length: backends.ExactCount(100_000), FirstID: "1-0", LastID: "1763899200000-0",
			EntriesAdded: backends.ExactCount(250_000), InRate: backends.ExactRate(42),
			Groups: []backends.Group{
				{
					Name: "billing", Pending: backends.ExactCount(3), Lag: backends.ExactCount(0), OldestPending: backends.ExactSpan(2 * time.Second),
					Consumers: []backends.Consumer{{Name: "billing-1", Pending: backends.ExactCount(3), Idle: backends.ExactSpan(time.Second)}},
				},
				{Name: "reports", Pending: backends.ExactCount(120), Lag: backends.CountAtLeast(4100), ConsumerCount: backends.ExactCount(1)},
			},
		}},
		Total: backends.ExactCount(1),
	}
}
