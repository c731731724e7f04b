package broker

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Policies (https://www.rabbitmq.com/docs/policies) give arguments to queues and exchanges by their
// names. Operators have policies of their own, which bound what the others say.

type policyKey struct {
	name     string
	operator bool
}

type policy struct {
	Policy
	names *pattern
}

// SetPolicy sets or changes a policy and applies it at once. The error's text is that of RabbitMQ's
// validation.
func (b *Broker) SetPolicy(w Policy) error {
	w.ApplyTo = cmp.Or(w.ApplyTo, "all")
	w.Definition = maps.Clone(w.Definition)
	for name, value := range w.Definition {
		w.Definition[name] = plainNumber(value)
	}
	names, err := validatePolicy(w)
	if err != nil {
		return err
	}
	b.lock()
	defer b.unlock()
	v := b.vhosts[w.VHost]
	if v == nil {
		return ErrNotFound
	}
	v.policies[policyKey{w.Name, w.Operator}] = &policy{Policy: w, names: names}
	v.applyPolicies()
	return nil
}

// DeletePolicy removes a policy.
func (b *Broker) DeletePolicy(vhost, name string, operator bool) error {
	b.lock()
	defer b.unlock()
	v := b.vhosts[vhost]
	if v == nil || v.policies[policyKey{name, operator}] == nil {
		return ErrNotFound
	}
	delete(v.policies, policyKey{name, operator})
	v.applyPolicies()
	return nil
}

// plainNumber makes int64 of whole numbers however JSON was read.
func plainNumber(value any) any {
	if n, ok := integer(value); ok {
		return n
	}
	if number, ok := value.(interface{ Int64() (int64, error) }); ok {
		if n, err := number.Int64(); err == nil {
			return n
		}
	}
	if f, ok := value.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return value
}

func (v *vhost) applyPolicies() {
	for _, x := range v.sortedExchanges() {
		x.applyPolicy()
	}
	for _, q := range v.sortedQueues() {
		q.applyPolicy()
	}
}

// policyFor finds the policy with the highest priority that matches.
func (v *vhost) policyFor(kind, name string, operator bool, suits func(*policy) bool) *policy {
	var best *policy
	for _, p := range v.policies {
		if p.Operator != operator || (p.ApplyTo != "all" && p.ApplyTo != kind+"s") || !p.names.match(name) || !suits(p) {
			continue
		}
		if best == nil || p.Priority > best.Priority || (p.Priority == best.Priority && p.Name < best.Name) {
			best = p
		}
	}
	return best
}

// effective merges a policy with an operator's: where both set a number, the lower one counts.
func effective(p, op *policy) map[string]any {
	merged := map[string]any{}
	if p != nil {
		maps.Copy(merged, p.Definition)
	}
	if op == nil {
		return merged
	}
	for name, value := range op.Definition {
		old, there := merged[name]
		if !there {
			merged[name] = value
			continue
		}
		x, xok := integer(old)
		y, yok := integer(value)
		if xok && yok {
			merged[name] = min(x, y)
		}
	}
	return merged
}

func (x *exchange) applyPolicy() {
	always := func(*policy) bool { return true }
	x.policy = x.vhost.policyFor(kindExchange, x.name, false, always)
	x.opPolicy = x.vhost.policyFor(kindExchange, x.name, true, always)
	x.alternate = textOf(x.args["alternate-exchange"])
	if x.alternate == nil {
		x.alternate = textOf(effective(x.policy, x.opPolicy)["alternate-exchange"])
	}
}

func textOf(v any) *string {
	if s, ok := v.(string); ok {
		return &s
	}
	return nil
}

// deafTo lists the policy settings that keep a policy from a type of queue altogether.
func deafTo(kind string) []string {
	ha := []string{"ha-mode", "ha-params", "ha-sync-mode", "ha-promote-on-shutdown", "ha-promote-on-failure"}
	switch kind {
	case Quorum:
		return append(ha, "max-priority", "queue-mode", "single-active-consumer", "queue-master-locator", "max-age",
			"stream-max-segment-size-bytes", "initial-cluster-size")
	case Stream:
		return append(ha, "expires", "message-ttl", "dead-letter-exchange", "dead-letter-routing-key", "max-length",
			"max-in-memory-length", "max-in-memory-bytes", "max-priority", "overflow", "queue-mode",
			"single-active-consumer", "delivery-limit", "queue-master-locator", "dead-letter-strategy")
	}
	return []string{
		"max-age", "stream-max-segment-size-bytes", "queue-leader-locator", "initial-cluster-size", "delivery-limit",
		"dead-letter-strategy",
	}
}

// applyPolicy computes the queue's limits anew and brings the queue within them.
func (q *queue) applyPolicy() {
	deaf := deafTo(q.kind)
	suits := func(p *policy) bool {
		for name := range p.Definition {
			if slices.Contains(deaf, name) {
				return false
			}
		}
		return true
	}
	q.policy = q.vhost.policyFor(kindQueue, q.name, false, suits)
	q.opPolicy = q.vhost.policyFor(kindQueue, q.name, true, suits)
	old := q.limits.expires
	fresh := q.limits == limits{}
	q.limits = q.computeLimits(effective(q.policy, q.opPolicy))
	if fresh || q.limits.expires != old {
		q.watchUnused()
	}
	q.settle()
}

// source reads limits from a queue's arguments and policies.
type source struct {
	args   map[string]any // with x- in front
	policy map[string]any
}

func (s source) both(name string) (policy, arg int64) {
	policy, arg = unlimited, unlimited
	if n, ok := integer(s.policy[name]); ok {
		policy = n
	}
	if n, ok := integer(s.args["x-"+name]); ok {
		arg = n
	}
	return policy, arg
}

// lower is the lower of what policy and argument say.
func (s source) lower(name string) int64 {
	policy, arg := s.both(name)
	switch {
	case policy == unlimited:
		return arg
	case arg == unlimited:
		return policy
	}
	return min(policy, arg)
}

// policyFirst is what the policy says, else the argument.
func (s source) policyFirst(name string) int64 {
	policy, arg := s.both(name)
	if policy == unlimited {
		return arg
	}
	return policy
}

// text is what the argument says, else the policy; the other way round with policyFirst.
func (s source) text(name string, policyFirst bool) *string {
	arg, policy := textOf(s.args["x-"+name]), textOf(s.policy[name])
	if arg == nil || (policyFirst && policy != nil) {
		return policy
	}
	return arg
}

func (q *queue) computeLimits(policy map[string]any) limits {
	s := source{args: q.args, policy: policy}
	l := limits{
		ttl: s.lower("message-ttl"), expires: s.lower("expires"),
		length: s.lower("max-length"), bytes: s.lower("max-length-bytes"),
		deadExchange: s.text("dead-letter-exchange", false), deadKey: s.text("dead-letter-routing-key", false),
		overflow: dropHead, deliveryLimit: unlimited, age: unlimited, segment: unlimited,
	}
	overflow := s.text("overflow", q.kind == Quorum)
	if overflow != nil && (q.kind != Quorum || *overflow == rejectPublish) {
		l.overflow = *overflow
	}
	switch q.kind {
	case Quorum:
		l.expires = s.policyFirst("expires")
		if l.deliveryLimit = s.lower("delivery-limit"); l.deliveryLimit == unlimited && s.args["x-delivery-limit"] == nil {
			l.deliveryLimit = q.broker.defaultLimit // -1 says that there is none
		}
	case Stream:
		l.bytes = s.policyFirst("max-length-bytes")
		l.segment = s.policyFirst("stream-max-segment-size-bytes")
		if age := s.text("max-age", true); age != nil {
			if ms, ok := parseAge(*age); ok {
				l.age = ms
			}
		}
	}
	return l
}
