package rabbitmq

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
)

// tapKey is a binding of a tap's queue.
type tapKey struct {
	key string
	// arguments are those of a headers exchange's binding; nil elsewhere.
	arguments management.Table
	// unsure says that an argument which is the text "undefined" may be of no type.
	unsure bool
}

// routingKey is the key to bind with. Where a headers exchange compares all arguments (all-with-x) the mark
// of a tap stands in the key, which such an exchange does not look at.
func (k tapKey) routingKey() string {
	if k.comparesAll() {
		return tapMark
	}
	return k.key
}

func (k tapKey) comparesAll() bool { return k.arguments["x-match"] == "all-with-x" }

// id tells bindings apart.
func (k tapKey) id() string { return k.key + "\x00" + string(appendMap(nil, k.arguments, 0)) }

// amqpArguments are the arguments to bind with: those copied, and the mark of a tap
// unless it is in the key.
func (k tapKey) amqpArguments() amqp.Table {
	args := amqp.Table{}
	if !k.comparesAll() {
		args[tapMark] = true
	}
	for name, value := range k.arguments {
		args[name] = bindValue(value)
	}
	return args
}

// tapPlan is a Plan with the bindings to make.
type tapPlan struct {
	backends.Plan
	keys []tapKey
	// exchange is the name to bind to.
	exchange string
	// mirrored says that keys are copies of real bindings, to be kept in step with them.
	mirrored bool
	// trace is what is shown of the firehose, nil for a tap on the exchange itself.
	trace *firehose
}

func (p tapPlan) refuse(why ...string) tapPlan {
	p.Consent, p.Effects, p.keys = backends.Refused, why, nil
	return p
}

// PlanTap says what watching an exchange would do to the routing.
func (s *source) PlanTap(ctx context.Context, target backends.Target) (backends.Plan, error) {
	p, err := s.planTap(ctx, target)
	return p.Plan, err
}

func (s *source) planTap(ctx context.Context, target backends.Target) (tapPlan, error) {
	p := tapPlan{Plan: backends.Plan{Target: target, Consent: backends.Confirm}, exchange: target.Name}
	switch target.Kind {
	case backends.KindExchange, backends.KindChannel:
	case backends.KindQueue:
		return s.planDeliveryTrace(ctx, p)
	default:
		return tapPlan{}, &backends.Error{
			Reason: backends.BadUsage, Source: s.address.shown, Object: target.Name,
			What: "only exchanges are tapped", Advice: "peek queues, read streams",
		}
	}
	switch {
	case s.noTaps:
		return p.refuse(tapsForbidden), nil
	case target.Name == "" || target.Name == defaultExchange:
		return s.planTrace(ctx, p, firehose{named: true}, "The default exchange cannot be bound (403): it delivers to each queue by its name.")
	case target.Name == traceExchange:
		return s.planTrace(ctx, p, firehose{}, "")
	}
	if err := s.checkName(target.Name); err != nil {
		return tapPlan{}, err
	}
	f := tapFacts{}
	err := s.manage(ctx, func(ctx context.Context) error { return s.readTapFacts(ctx, target.Name, &f) })
	if backends.ReasonOf(err) == backends.Unsupported && errors.Is(err, management.ErrMissing) {
		return planBlindTap(p), nil
	}
	if err != nil {
		return tapPlan{}, err
	}
	if p = planTapFor(p, f); p.Consent == backends.Refused {
		return s.planTrace(ctx, p, firehose{named: true, exchange: target.Name}, sentences(p.Effects))
	}
	return p, nil
}

const tapsForbidden = "A tap declares a queue and binds it, however short-lived; here that is forbidden."

// tapFacts are what the rules of taps look at.
type tapFacts struct {
	exchange management.Exchange
	// bindings are the real ones, not those of taps.
	bindings []management.Binding
	policies []management.Policy
	// blind says that policies could not be read.
	blind bool
}

// federated reports whether a policy lets the exchange take messages from another broker's, to which its
// bindings are passed on (rabbitmq.com/docs/federated-exchanges).
func (f tapFacts) federated() bool {
	for _, p := range f.policies {
		if p.Name != string(f.exchange.Policy) {
			continue
		}
		for key := range p.Definition {
			if strings.HasPrefix(key, "federation-upstream") {
				return true
			}
		}
	}
	return false
}

func (s *source) readTapFacts(ctx context.Context, name string, f *tapFacts) error {
	if err := s.client.Get(ctx, management.To("/api/exchanges/{vhost}/{name}", s.address.vhost, name), nil, &f.exchange); err != nil {
		return err
	}
	var err error
	if f.bindings, err = s.realBindings(ctx, name); err != nil {
		return err
	}
	if f.exchange.Policy != "" {
		f.policies, err = s.topology.vhostPolicies(ctx)
		f.blind = err != nil
	}
	return ctx.Err()
}

// realBindings are an exchange's bindings without those of taps.
func (s *source) realBindings(ctx context.Context, name string) ([]management.Binding, error) {
	var all management.List[management.Binding]
	err := s.client.Get(ctx, management.To("/api/exchanges/{vhost}/{name}/bindings/source", s.address.vhost, name), nil, &all)
	return slices.DeleteFunc(all, ofTap), err
}

// planTapFor applies the rules: a tap must neither take messages from real queues, nor hide from
// publishers that nothing is bound, nor be the last to leave an exchange that goes with it.
func planTapFor(p tapPlan, f tapFacts) tapPlan {
	kind, delayed := f.exchange.Routing()
	switch {
	case !slices.Contains([]string{"direct", "fanout", "topic", "headers"}, kind):
		return p.refuse(fmt.Sprintf("An exchange of the type %q gives each message to one of its bindings or in a way of its own: "+
			"a tap would take messages from the real queues.", f.exchange.Type))
	case bool(f.exchange.AutoDelete) && len(f.bindings) == 0:
		return p.refuse("The exchange deletes itself when its last binding goes: the end of the tap would delete it.")
	case len(f.bindings) == 0 && f.federated():
		return p.refuse("The exchange is federated and nothing is bound to it: the tap would make its upstream send messages here.")
	case kind == "direct" && len(f.bindings) == 0:
		return p.refuse("Nothing is bound to this direct exchange, so there is no routing key to watch.")
	}
	p.Effects = []string{"A tap declares a temporary queue of at most 1000 messages and binds it; every message is copied to it, " +
		"which costs the server memory and time. At most 200 messages a second are taken; the others are dropped from the tap and counted."}
	if delayed {
		p.Effects = append(p.Effects, "The exchange delays: the tap gets its copy after the delay.")
	}
	if f.exchange.Internal {
		p.Effects = append(p.Effects, "The exchange is internal: it gets its messages from other exchanges.")
	}
	p.keys, p.mirrored = mirror(kind, f.bindings), len(f.bindings) > 0
	if !p.mirrored {
		p.keys = []tapKey{catchAll(kind)}
		p.Consent = backends.TypeName
		p.Effects = append(p.Effects, "Nothing else is bound: while the tap is open unroutable messages will look delivered to their publishers.")
	}
	return addReach(p, f)
}

// addReach says whom beside the publishers a tap concerns, and what it misses.
func addReach(p tapPlan, f tapFacts) tapPlan {
	if asksForPresence(p.keys) {
		p.Effects = append(p.Effects, "A binding asks that a header is there, whatever it holds. The tap does not see what comes by that binding only: the "+
			"management API shows it no different from the text undefined.")
	}
	if f.federated() {
		p.Consent = backends.TypeName
		p.Effects = append(p.Effects, "The exchange is federated: the tap's bindings are made at its upstream too, with the keys that are bound there already.")
	}
	if alternate, unsure := f.exchange.Alternate(f.policies); alternate != "" || unsure || f.blind {
		p.Consent = backends.TypeName
		where := "an alternate exchange"
		if alternate != "" {
			where = "the alternate exchange " + alternate
		}
		p.Effects = append(p.Effects, "What no binding matches goes to "+where+". The tap copies the present bindings; while one of them "+
			"has gone and the tap has not followed yet (10 seconds), unroutable messages will look delivered and do not reach it.")
	}
	return p
}

// mirror copies the keys of the real bindings, each once.
func mirror(kind string, bindings []management.Binding) []tapKey {
	if kind == "fanout" && len(bindings) > 0 {
		return []tapKey{{}}
	}
	seen := map[string]bool{}
	var keys []tapKey
	for _, b := range bindings {
		k := tapKey{key: b.Key}
		if kind == "headers" {
			k.key, k.arguments, k.unsure = "", b.Arguments, b.Unsure
		}
		if id := k.id(); !seen[id] {
			seen[id] = true
			keys = append(keys, k)
		}
	}
	return keys
}

// catchAll matches every message.
func catchAll(kind string) tapKey {
	switch kind {
	case "topic":
		return tapKey{key: "#"}
	case "headers":
		return tapKey{arguments: management.Table{"x-match": "all"}}
	default:
		return tapKey{}
	}
}

// planBlindTap is the plan without the management API: nothing tells type and bindings, except
// of the exchanges that the specification and RabbitMQ itself declare.
func planBlindTap(p tapPlan) tapPlan {
	kinds := map[string]string{
		"amq.topic": "topic", "amq.fanout": "fanout", "amq.headers": "headers", "amq.match": "headers",
	}
	kind, known := kinds[p.exchange]
	if !known {
		return p.refuse("Without the management API neither type nor bindings of the exchange are known: a tap could take messages from real queues.")
	}
	p.keys, p.Consent = []tapKey{catchAll(kind)}, backends.TypeName
	p.Effects = []string{
		"A tap declares a temporary queue of at most 1000 messages and binds it; every message is copied to it. At most 200 messages a second are taken.",
		"Without the management API the real bindings are not known: while the tap is open unroutable messages will look delivered " +
			"to their publishers and do not reach an alternate exchange. What the tap drops is not counted.",
	}
	return p
}

// bindValue turns a JSON value into one that AMQP can carry. Whole numbers become the type
// that clients use for them, which headers exchanges compare by value.
func bindValue(v any) any {
	switch v := v.(type) {
	case interface{ Int64() (int64, error) }:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, ok := v.(interface{ Float64() (float64, error) }); ok {
			n, _ := f.Float64()
			return n
		}
	case map[string]any:
		t := amqp.Table{}
		for key, value := range v {
			t[key] = bindValue(value)
		}
		return t
	case []any:
		values := make([]any, len(v))
		for i, value := range v {
			values[i] = bindValue(value)
		}
		return values
	case string:
		if coded, ok := strings.CutPrefix(v, management.BytesPrefix); ok {
			if raw, err := base64.StdEncoding.DecodeString(coded); err == nil {
				return string(raw)
			}
		}
		return strings.Clone(v)
	}
	return v
}

// asksForPresence reports whether a copied binding may match less than the real one. By void a headers exchange
// asks for the presence of a header alone; where void cannot be told from the text that stands for it the text
// is copied, which matches less, so that the tap never takes what nobody is bound to.
func asksForPresence(keys []tapKey) bool {
	return slices.ContainsFunc(keys, func(k tapKey) bool { return k.unsure })
}
