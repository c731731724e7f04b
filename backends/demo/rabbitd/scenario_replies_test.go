package rabbitd_test

import (
	"context"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// replyObservations are about direct reply-to (rabbitmq.com/docs/direct-reply-to).
func replyObservations() []observation {
	return []observation{
		{name: "reply-to", see: directReply},
		{name: "reply-to-errors", see: directReplyErrors},
		{name: "reply-to-lost", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			asker := s.connect(login{})
			own := asker.channel()
			_, err := own.Consume("amq.rabbitmq.reply-to", "r", true, false, false, false, nil)
			s.must(err, "consume")
			own.publish("", q, amqp.Publishing{ReplyTo: "amq.rabbitmq.reply-to"})
			d := ch.arrivedQuietly(q)
			s.try("ask whether it is there", func(ch *channel) error {
				_, err := ch.QueueDeclarePassive(d.ReplyTo, false, false, false, false, nil)
				return err
			})
			s.must(asker.Close(), "close")
			s.until("the asker's end", func() bool {
				other := s.channel()
				defer other.Close()
				_, err := other.QueueDeclarePassive(d.ReplyTo, false, false, false, false, nil)
				return err != nil
			})
			ch.mandatory("", d.ReplyTo, publishing("nobody there"))
			r := await(s, ch.returns, "return")
			s.say("%d %q to the reply address: %t", r.ReplyCode, r.ReplyText, r.RoutingKey == d.ReplyTo)
		}},
	}
}

func directReply(s *scene) {
	server, client := s.channel(), s.connect(login{}).channel()
	q := server.plain("q", nil)
	replies, err := client.Consume("amq.rabbitmq.reply-to", "r", true, false, false, false, nil)
	s.must(err, "consume")
	client.publish("", q, amqp.Publishing{ReplyTo: "amq.rabbitmq.reply-to", CorrelationId: "1", Body: []byte("question")})
	d := server.arrivedQuietly(q)
	s.say("question %q, reply-to starts right: %t", d.Body, strings.HasPrefix(d.ReplyTo, "amq.rabbitmq.reply-to.g"))
	server.mandatory("", d.ReplyTo, amqp.Publishing{CorrelationId: d.CorrelationId, Body: []byte("answer")})
	a := await(s, replies, "the answer")
	s.say("answer key is the reply address: %t", a.RoutingKey == d.ReplyTo)
	a.RoutingKey = ""
	s.say("%s", showDelivery(a))
	server.mandatory("", d.ReplyTo+"x", publishing("wrong address"))
	r := await(s, server.returns, "return")
	s.say("wrong address: %d %q", r.ReplyCode, r.ReplyText)
	client.publish("", q, amqp.Publishing{ReplyTo: "amq.rabbitmq.reply-to", Body: []byte("again")})
	s.say("the same address: %t", server.arrivedQuietly(q).ReplyTo == d.ReplyTo)
	client.publish("", q, amqp.Publishing{ReplyTo: "amq.rabbitmq.reply-to.mine", Body: []byte("other")})
	s.say("kept as it is: %q", server.arrivedQuietly(q).ReplyTo)
	s.must(client.Cancel("r", false), "cancel")
	s.say("and consume again: %s", func() string {
		_, err := client.Consume("amq.rabbitmq.reply-to", "r2", true, false, false, false, nil)
		return describe(err)
	}())
}

func directReplyErrors(s *scene) {
	const pseudo = "amq.rabbitmq.reply-to"
	s.try("consume with acks", func(ch *channel) error {
		_, err := ch.Consume(pseudo, "", false, false, false, false, nil)
		return err
	})
	s.try("consume twice", func(ch *channel) error {
		_, err := ch.Consume(pseudo, "a", true, false, false, false, nil)
		s.must(err, "consume")
		_, err = ch.Consume(pseudo, "b", true, false, false, false, nil)
		return err
	})
	s.try("consume exclusive", func(ch *channel) error {
		_, err := ch.Consume(pseudo, "", true, true, false, false, nil)
		return err
	})
	s.try("declare", func(ch *channel) error {
		_, err := ch.QueueDeclare(pseudo, false, false, false, false, nil)
		return err
	})
	s.try("passive", func(ch *channel) error {
		_, err := ch.QueueDeclarePassive(pseudo, false, false, false, false, nil)
		return err
	})
	s.try("passive of a made-up address", func(ch *channel) error {
		_, err := ch.QueueDeclarePassive(pseudo+".x.y", false, false, false, false, nil)
		return err
	})
	s.try("get", func(ch *channel) error { _, _, err := ch.Get(pseudo, true); return err })
	s.try("delete", func(ch *channel) error { _, err := ch.QueueDelete(pseudo, false, false, false); return err })
	s.try("bind", func(ch *channel) error { return ch.QueueBind(pseudo, "k", "amq.direct", false, nil) })
	s.tryAsync("ask without consuming", func(ch *channel) {
		ch.publish("", s.n("q"), amqp.Publishing{ReplyTo: pseudo})
	})
	s.tryAsync("publish to it", func(ch *channel) {
		s.must(ch.PublishWithContext(context.Background(), "", pseudo, true, false, publishing("x")), "publish")
	})
	s.tryAsync("publish to a made-up address", func(ch *channel) {
		s.must(ch.PublishWithContext(context.Background(), "", pseudo+".abc.def", true, false, publishing("x")), "publish")
	})
}
