package rabbitmq

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// The bounds of what a peek brings along.
const (
	// maxBody is where the server cuts bodies, in bytes.
	maxBody = 64 << 10
	// maxPeekBytes ends a peek over AMQP, where bodies come whole.
	maxPeekBytes = 4 << 20
)

// deliveryHeader counts a quorum queue's deliveries of a message before this one.
const deliveryHeader = "x-delivery-count"

// PlanPeek says what looking into a queue would do to it.
func (s *source) PlanPeek(ctx context.Context, name string) (backends.Plan, error) {
	p, err := s.planPeek(ctx, name)
	return p.Plan, err
}

func (s *source) planPeek(ctx context.Context, name string) (peekPlan, error) {
	if err := s.checkName(name); err != nil {
		return peekPlan{}, err
	}
	var (
		row management.Queue
		v   management.Version
	)
	err := s.manage(ctx, func(ctx context.Context) error {
		var err error
		if row, err = s.queueRow(ctx, name); err != nil {
			return err
		}
		if row.Effective == nil {
			policies, err := s.topology.vhostPolicies(ctx)
			if err != nil {
				return err
			}
			assumePolicies(&row, policies)
		}
		v, err = s.serverVersion(ctx)
		return err
	})
	if backends.ReasonOf(err) == backends.Unsupported && errors.Is(err, management.ErrMissing) {
		if live, _ := s.keeper.state(); live != nil {
			v = live.version()
		}
		return planBlind(name, v, s.budgets.of(management.Queue{Name: name})), nil
	}
	if err != nil {
		return peekPlan{}, err
	}
	return planFor(row, v, s.address.vhost, s.budgets.of(row)), nil
}

func (s *source) queueRow(ctx context.Context, name string) (management.Queue, error) {
	var row management.Queue
	err := s.client.Get(ctx, management.To("/api/queues/{vhost}/{name}", s.address.vhost, name), nil, &row)
	row.Name = name
	return row, err
}

// checkName refuses what AMQP cannot carry: sent all the same, it would cost the connection.
func (s *source) checkName(name string) error {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) {
		return &backends.Error{
			Reason: backends.NotFound, Source: s.address.shown, Object: name,
			What: "no such object: names have 1 to 255 bytes of UTF-8",
		}
	}
	return nil
}

// Peek looks at the first messages of a queue.
func (s *source) Peek(ctx context.Context, look backends.Look) ([]backends.Message, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	p, err := s.planPeek(ctx, look.Target.Name)
	if err != nil {
		return nil, err
	}
	if p.Consent == backends.Refused {
		return nil, s.refused(look.Target.Name, sentences(p.Effects), "")
	}
	if !consented(p.Plan, look) {
		return nil, s.refused(look.Target.Name, "a look needs consent: "+sentences(p.Effects), "")
	}
	n := max(look.N, 1)
	if p.Max > 0 {
		n = min(n, p.Max)
	}
	switch p.way {
	case byStream:
		return s.ReadStream(ctx, look.Target.Name, "first", n)
	case byManagement:
		return s.peekByManagement(ctx, p, n)
	case byAMQP:
		return s.peekByAMQP(ctx, p, n)
	case byNothing:
	}
	return nil, s.refused(look.Target.Name, "there is no way to look into it", "")
}

// consented reports whether a look has the consent that a plan asks for; the typed name is more
// than a yes.
func consented(p backends.Plan, look backends.Look) bool {
	return p.Allows(look) || p.Consent == backends.Confirm && look.TypedName == p.Target.Name
}

func (s *source) refused(object, what, advice string) error {
	return &backends.Error{
		Reason: backends.NotAllowed, Source: s.address.shown, Object: object, What: what, Advice: advice, Err: backends.ErrRefused,
	}
}

// getRequest is the body of POST /api/queues/{vhost}/{name}/get.
type getRequest struct {
	Count    int    `json:"count"`
	AckMode  string `json:"ackmode"`
	Encoding string `json:"encoding"`
	Truncate int    `json:"truncate"`
}

// peekByManagement lets the server get and put back by itself: our network cannot fail between
// the two, and large bodies are cut before they are sent.
func (s *source) peekByManagement(ctx context.Context, p peekPlan, n int) ([]backends.Message, error) {
	var got []management.Got
	err := s.client.Post(ctx, management.To("/api/queues/{vhost}/{name}/get", s.address.vhost, p.Target.Name),
		getRequest{Count: n, AckMode: "ack_requeue_true", Encoding: "base64", Truncate: maxBody}, &got)
	if err != nil {
		return nil, err
	}
	messages := make([]backends.Message, 0, len(got))
	for i, row := range got {
		m, err := fromGot(p.Target, row)
		if err != nil {
			return nil, &backends.Error{
				Reason: backends.ServerError, Source: s.address.shown, Object: p.Target.Name,
				What: "the management API sent a body that is not base64", Err: err,
			}
		}
		m.Position = strconv.Itoa(i + 1)
		messages = append(messages, m)
	}
	return messages, nil
}

// peekByAMQP gets up to n messages on a connection of its own and puts them back.
func (s *source) peekByAMQP(ctx context.Context, p peekPlan, n int) (messages []backends.Message, err error) {
	ctx, span := s.spans.start(ctx, "get "+p.Target.Name, semconv.MessagingSystemRabbitMQ,
		semconv.MessagingOperationTypeReceive, semconv.MessagingOperationName("get"),
		semconv.MessagingDestinationName(p.Target.Name))
	defer func() { finish(span, err) }()
	sess, err := s.dialer.open(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer sess.close()
	defer context.AfterFunc(ctx, sess.kill)()
	start := time.Now()
	h := &held{session: sess, plan: p, span: span, hold: s.hold}
	err = h.get(n)
	if ctx.Err() != nil {
		err = s.dialer.unreachable(ctx.Err())
	}
	if h.deliveries >= 0 {
		s.budgets.set(p.row, h.deliveries)
	}
	if err != nil && len(h.messages) == 0 {
		return nil, amqpFault(s.address.shown, p.Target.Name, err)
	}
	s.vitals.Answered(time.Since(start))
	span.SetAttributes(attribute.Int("messaging.batch.message_count", len(h.messages)))
	return h.messages, nil
}

// held is a peek over AMQP under way.
type held struct {
	session  *session
	plan     peekPlan
	span     trace.Span
	hold     time.Duration
	messages []backends.Message
	links    int
	// deliveries is what the first message's count will be after it was put back; -1 when the
	// queue does not count.
	deliveries int64
}

// get takes up to n messages and puts them back. From the first one on everything must be done
// within hold; then the connection is closed whatever state it is in, and that puts them
// back too.
func (h *held) get(n int) error {
	h.deliveries = -1
	ch, err := h.session.conn.Channel()
	if err != nil {
		return err
	}
	var (
		deadline *time.Timer
		last     uint64
		bytes    int
	)
	for len(h.messages) < max(n, maxQuorum) && bytes < maxPeekBytes {
		d, ok, getErr := ch.Get(h.plan.Target.Name, false)
		if err = getErr; err != nil || !ok {
			break
		}
		if deadline == nil {
			deadline = time.AfterFunc(h.hold, h.session.kill)
			defer deadline.Stop()
		}
		last, bytes = d.DeliveryTag, bytes+len(d.Body)
		if h.add(&d, n) {
			break
		}
	}
	if last == 0 {
		return err
	}
	err = h.putBack(ch, last, err)
	h.messages = h.messages[:min(n, len(h.messages))]
	return err
}

// add keeps a message and reports whether it is the last one to take. A quorum queue keeps what
// was put back in a line of its own before all other messages and puts a message back at the end
// of that line. So that the order stays, a look takes the whole line as far as it may: it goes on
// until a message comes that was never delivered before. A message near its limit ends it all the same, and so
// does a count where no limit is known.
func (h *held) add(d *amqp.Delivery, n int) bool {
	m := fromDelivery(h.plan.Target, d)
	m.Position = strconv.FormatUint(d.DeliveryTag, 10)
	h.messages = append(h.messages, m)
	if link, ok := linkTo(d.Headers); ok && link.SpanContext.IsSampled() && h.links < maxLinks {
		h.span.AddLink(link)
		h.links++
	}
	count, counted := deliveryCount(d.Headers[deliveryHeader])
	if !counted {
		return len(h.messages) >= n
	}
	if len(h.messages) == 1 {
		h.deliveries = count + 1
	}
	if h.plan.unsure || h.plan.limited && count >= h.plan.limit-1 {
		return true
	}
	return len(h.messages) >= n && count == 0
}

// putBack returns everything. Before 4.3 a nack moves a quorum queue's messages to its end, the
// end of the channel does not; from 4.3 on a nack counts as no delivery, the end of the channel
// does.
func (h *held) putBack(ch *amqp.Channel, last uint64, err error) error {
	if h.session.version().AtLeast(4, 3) {
		if nackErr := ch.Nack(last, true, true); nackErr != nil && err == nil {
			err = nackErr
		}
		if h.deliveries > 0 {
			h.deliveries--
		}
	}
	if closeErr := ch.Close(); closeErr != nil && err == nil {
		err = closeErr
	}
	return err
}

// deliveryCount reads the header's value, which is an integer of some size.
func deliveryCount(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case int16:
		return int64(n), true
	case int8:
		return int64(n), true
	case uint8:
		return int64(n), true
	case int:
		return int64(n), true
	case string:
		i, err := strconv.ParseInt(strings.TrimSpace(n), 10, 64)
		return min(max(i, 0), math.MaxInt32), err == nil
	}
	return 0, false
}
