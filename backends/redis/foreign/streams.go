package main

import (
	"encoding/json"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/redis/go-redis/v9"
)

// watermillStream publishes three messages. A subscriber takes all at once and acknowledges none.
func watermillStream(s *stage) error {
	const topic, group = "orders.placed", "billing"
	publisher, err := redisstream.NewPublisher(redisstream.PublisherConfig{Client: s.client}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	subscriber, err := redisstream.NewSubscriber(redisstream.SubscriberConfig{
		Client: s.client, ConsumerGroup: group, BlockTime: 100 * time.Millisecond, OldestId: "0", NackResendSleep: time.Hour,
	}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	for range 3 {
		m := message.NewMessage(watermill.NewUUID(), []byte(`{"order":17}`))
		m.Metadata.Set("tenant", "north")
		if err := publisher.Publish(topic, m); err != nil {
			return err
		}
	}
	got, err := subscriber.Subscribe(s, topic)
	if err != nil {
		return err
	}
	select {
	case <-got:
	case <-s.Done():
		return s.Err()
	}
	s.claim(claim{Kind: "stream", Name: topic, Library: "watermill", Groups: map[string]int64{group: 3}})
	return nil
}

// daprStream adds a CloudEvent in the fields that Dapr's pub/sub uses.
func daprStream(s *stage) error {
	e := cloudevents.NewEvent()
	e.SetID("e-17")
	e.SetSource("checkout")
	e.SetType("com.dapr.event.sent")
	if err := e.SetData(cloudevents.ApplicationJSON, map[string]int{"order": 17}); err != nil {
		return err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	s.claim(claim{Kind: "stream", Name: "checkout-events", Library: "dapr"})
	return s.client.XAdd(s, &redis.XAddArgs{Stream: "checkout-events", Values: []any{"data", data, "metadata", `{"ttlInSeconds":"60"}`}}).Err()
}
