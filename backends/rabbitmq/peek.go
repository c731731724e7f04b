package rabbitmq

import (
	"context"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	record "bustop/backends/spans"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The bounds of what a peek brings along.
const (
	// maxBody is where the server cuts bodies, in bytes.
	maxBody = 64 << 10
	// maxPeekBytes ends a peek over AMQP, where bodies come whole.
	maxPeekBytes = 4 << 20
)

// PlanPeek says what looking into a queue would do to it.
func (s *source) PlanPeek(ctx context.Context, name string) (backends.Plan, error) {
	p, err := s.planPeek(ctx, name)
	return p.Plan, err
}

// PlanPeekOf is PlanPeek for a look that takes no more than n messages.
func (s *source) PlanPeekOf(ctx context.Context, name string, n int) (backends.Plan, error) {
	p, err := s.planPeek(ctx, name)
	return p.atMost(n).Plan, err
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
		key := s.budgetKey(name)
		p := planBlind(name, v, s.budgets.of(key, management.Queue{Name: name}))
		p.key = key
		return p, nil
	}
	if err != nil {
		return peekPlan{}, err
	}
	key := s.budgetKey(name)
	var used spent
	if row.Kind() == management.TypeQuorum {
		used = s.budgets.of(key, row)
	}
	p := planFor(row, v, s.address.vhost, used)
	p.key = key
	return p, nil
}

// budgetKey names what looks have used up of a queue.
func (s *source) budgetKey(queue string) []string {
	s.facts.mu.Lock()
	cluster := s.facts.cluster
	s.facts.mu.Unlock()
	if live, _ := s.keeper.state(); live != nil && cluster == "" {
		cluster, _ = live.conn.Properties["cluster_name"].(string)
	}
	return s.budgets.keyOf(cluster, s.address.vhost, queue)
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
	messages, err := s.peekBy(ctx, p, look.Target.Name, n)
	if err == nil && p.way != byStream {
		s.letters.noteLook(look.Target.Name, messages)
	}
	return messages, err
}

func (s *source) peekBy(ctx context.Context, p peekPlan, name string, n int) ([]backends.Message, error) {
	switch p.way {
	case byStream:
		return s.ReadStream(ctx, name, "first", n)
	case byManagement:
		return s.peekByManagement(ctx, p, n)
	case byAMQP:
		return s.peekByAMQP(ctx, p, n)
	case byNothing:
	}
	return nil, s.refused(name, "there is no way to look into it", "")
}

// consented reports whether a look has the consent that a plan asks for; the typed name is more
// than a yes.
func consented(p backends.Plan, look backends.Look) bool {
	return p.Allows(look) || p.Consent == backends.Confirm && look.TypedName == p.Typed()
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
func (s *source) peekByManagement(ctx context.Context, p peekPlan, n int) (messages []backends.Message, err error) {
	ctx, span := s.spans.get(ctx, p.Target.Name)
	defer func() { finish(span, err) }()
	var got []management.Got
	err = s.client.Post(ctx, management.To("/api/queues/{vhost}/{name}/get", s.address.vhost, p.Target.Name),
		getRequest{Count: n, AckMode: "ack_requeue_true", Encoding: "base64", Truncate: maxBody}, &got)
	if err != nil {
		return nil, err
	}
	h := held{span: span, messages: make([]backends.Message, 0, len(got))}
	for i, row := range got {
		m, err := fromGot(p.Target, row)
		if err != nil {
			return nil, &backends.Error{
				Reason: backends.ServerError, Source: s.address.shown, Object: p.Target.Name,
				What: "the management API sent a body that is not base64", Err: err,
			}
		}
		m.Position = strconv.Itoa(i + 1)
		h.messages = append(h.messages, m)
		h.bytes += m.Size
		headers, _ := row.Properties["headers"].(map[string]any)
		h.link(headers)
	}
	h.describe()
	return h.messages, nil
}

// peekByAMQP gets up to n messages on a connection of its own and puts them back.
func (s *source) peekByAMQP(ctx context.Context, p peekPlan, n int) (messages []backends.Message, err error) {
	record.Asked(ctx, s.spans.connection, 1)
	ctx, span := s.spans.get(ctx, p.Target.Name)
	defer func() { finish(span, err) }()
	sess, err := s.dialer.open(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer sess.close()
	defer context.AfterFunc(ctx, sess.kill)()
	if p.counts() {
		if err := s.budgets.begin(p); err != nil {
			return nil, s.refused(p.Target.Name, err.Error(), "look again")
		}
	}
	start := time.Now()
	h := &held{session: sess, plan: p, span: span, spans: s.spans, hold: s.hold}
	err = h.get(ctx, n)
	unsure := h.unsure(err)
	if ctx.Err() != nil {
		err = s.dialer.unreachable(ctx.Err())
	}
	if p.counts() || h.deliveries >= 0 {
		// What cannot be kept now was noted as begun before.
		_ = s.budgets.end(p, h, unsure)
	}
	s.sighted(p.Target.Name, h.ready, err)
	if err != nil && len(h.messages) == 0 {
		return nil, peekFault(s.address.shown, p.Target.Name, err)
	}
	s.vitals.Answered(time.Since(start))
	h.describe()
	return h.shown(n), nil
}

// sighted keeps what a look over AMQP told of a queue beside its messages.
func (s *source) sighted(name string, ready int64, err error) {
	switch fault := amqpFault("", "", err); {
	case ready >= 0:
		s.sightings.note(name, ready)
	case fault != nil && backends.ReasonOf(fault) == backends.NotFound:
		s.sightings.forget(name)
	}
}

// peekFault says of a stream, which basic.get refuses, what it is.
func peekFault(source, name string, err error) error {
	fault := amqpFault(source, name, err)
	var reply *amqp.Error
	var ours *backends.Error
	if errors.As(err, &reply) && reply.Code == amqp.NotImplemented && errors.As(fault, &ours) {
		ours.Reason, ours.Advice = backends.Unsupported, "it is a stream; it is read without effects where the management API tells so"
	}
	return fault
}
