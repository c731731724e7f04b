package routing

import (
	"fmt"
	"maps"
	"slices"

	"bustop/backends"
)

// Exchange is an exchange as far as routing depends on it.
type Exchange struct {
	Name string
	// Type is what it routes by: of a delaying exchange the type behind the delay.
	Type      string
	Alternate string
	Internal  bool
	Delayed   bool
	Bindings  []Binding
}

// Binding leads from an exchange to a queue or another exchange.
type Binding struct {
	backends.Binding
	// Table holds the arguments as values: string, bool, json.Number, nil, []any, map[string]any.
	Table map[string]any
}

// Network is everything that is declared in a vhost.
type Network struct {
	// Exchanges are by name; the default exchange, whose name is empty, need not be among them.
	Exchanges map[string]Exchange
	// Queue reports whether there is a queue of that name. Only the default exchange asks.
	Queue func(name string) bool
	// Exact says that headers exchanges tell whole numbers from those with a fraction, 1 from 1.0, as
	// RabbitMQ 3.13 and later do (rabbit_exchange_type_headers).
	Exact bool
	// AnyHeaders says that the headers of messages are not known, such as those of dead letters: then
	// headers exchanges may give a message to whatever compares some of them. Exact is of no account.
	AnyHeaders bool
}

// choice is how an exchange of a type picks among its bindings
// (the types of RabbitMQ and of the plugins that come with it).
func choice(kind string) backends.Choice {
	switch kind {
	case "direct", "fanout", "topic", "headers", "x-recent-history":
		return backends.ToAll
	case "x-consistent-hash", "x-modulus-hash", "x-random", "x-local-random":
		return backends.ToOne
	}
	return backends.ToUnknown
}

// Route follows a message. It fails only when there is no exchange to publish to.
func (n Network) Route(p backends.Posting) (backends.Route, bool) {
	w := &walk{net: n, keys: Keys(p), headers: visible(p.Headers), seen: map[string]bool{}, reached: map[string]bool{}}
	w.route.Posting = p
	if p.Exchange == "" {
		w.byName()
	} else {
		x, ok := n.Exchanges[p.Exchange]
		if !ok {
			return w.route, false
		}
		w.remark(x)
		w.enter(p.Exchange, true)
		w.run()
	}
	w.finish()
	return w.route, true
}

// Keys are the routing key and those that the sender selected, each once.
func Keys(p backends.Posting) []string {
	out := []string{p.Key}
	for _, header := range []string{"CC", "BCC"} {
		more, _ := list(p.Headers[header])
		for _, v := range more {
			if key, ok := v.(string); ok && !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	return out
}

// visible are the headers that exchanges see: the blind copies are taken out before.
func visible(headers map[string]any) map[string]any {
	out := maps.Clone(headers)
	delete(out, "BCC")
	return out
}

// walk is one message on its way. What is sure is followed first, so that no exchange is entered as
// doubtful that the message comes to anyhow.
type walk struct {
	net     Network
	keys    []string
	headers map[string]any

	seen     map[string]bool // exchanges entered
	reached  map[string]bool // queues, with whether that is sure
	work     []string        // exchanges to go through, which are sure
	doubtful []string        // exchanges that are not
	route    backends.Route
	oneOf    bool // a sure exchange gives the message to one of several queues
}

// byName is the way through the default exchange. It has no bindings and no alternate exchange.
func (w *walk) byName() {
	stop := backends.RouteStop{Type: "direct", Choice: backends.ToAll, Sure: true}
	for _, key := range w.keys {
		step := backends.RouteStep{
			To: backends.Target{Kind: backends.KindQueue, Name: key}, Way: backends.ByName, Sure: true, Missing: !w.net.Queue(key),
		}
		stop.Steps = append(stop.Steps, step)
		if !step.Missing {
			w.reached[key] = true
		}
	}
	w.route.Stops = append(w.route.Stops, stop)
}

func (w *walk) remark(x Exchange) {
	if x.Internal {
		w.route.Notes = append(w.route.Notes, "the exchange is internal: clients may not publish to it (403)")
	}
	if x.Delayed {
		w.route.Notes = append(w.route.Notes, "the exchange delays: with the header x-delay the message is routed that many milliseconds later, by what is bound then")
	}
}

func (w *walk) enter(name string, sure bool) {
	w.seen[name] = true
	if sure {
		w.work = append(w.work, name)
	} else {
		w.doubtful = append(w.doubtful, name)
	}
}

func (w *walk) run() {
	var held []backends.RouteStep
	for len(w.work) > 0 {
		name := w.work[0]
		w.work = w.work[1:]
		w.pass(name, true, &held)
	}
	// Whether a doubtful way leads to where the message has been anyhow is known only now.
	w.settle()
	for _, step := range held {
		w.follow(step)
	}
	for len(w.doubtful) > 0 {
		name := w.doubtful[0]
		w.doubtful = w.doubtful[1:]
		w.pass(name, false, nil)
	}
}

// settle marks the doubtful ways that lead to exchanges which are sure.
func (w *walk) settle() {
	for i := range w.route.Stops {
		steps := w.route.Stops[i].Steps
		for j := range steps {
			if !steps[j].Sure && steps[j].To.Kind == backends.KindExchange && w.seen[steps[j].To.Name] {
				steps[j].Again = true
			}
		}
	}
}

// pass goes through an exchange. Steps that are not sure are held back while there is a list for them.
func (w *walk) pass(name string, sure bool, held *[]backends.RouteStep) {
	x := w.net.Exchanges[name]
	stop := backends.RouteStop{Exchange: name, Type: x.Type, Choice: choice(x.Type), Sure: sure, Bindings: len(x.Bindings)}
	for _, step := range w.steps(x, stop) {
		step.Sure = step.Sure && sure
		_, exists := w.net.Exchanges[step.To.Name]
		step.Missing = step.To.Kind == backends.KindExchange && !exists
		switch {
		case !step.Sure && held != nil:
			*held = append(*held, step)
		default:
			step.Again = step.To.Kind == backends.KindExchange && w.seen[step.To.Name]
			w.follow(step)
		}
		stop.Steps = append(stop.Steps, step)
	}
	if sure && stop.Choice == backends.ToOne && len(stop.Steps) > 0 &&
		!slices.ContainsFunc(stop.Steps, func(s backends.RouteStep) bool { return s.To.Kind != backends.KindQueue }) {
		w.oneOf = true
	}
	w.route.Stops = append(w.route.Stops, stop)
}

func (w *walk) follow(step backends.RouteStep) {
	switch {
	case step.To.Kind == backends.KindQueue:
		w.reached[step.To.Name] = w.reached[step.To.Name] || step.Sure
	case !step.Missing && !w.seen[step.To.Name]:
		w.enter(step.To.Name, step.Sure)
	}
}

// steps are the ways out of an exchange that the message takes or may take, one for each destination.
func (w *walk) steps(x Exchange, stop backends.RouteStop) []backends.RouteStep {
	var out []backends.RouteStep
	at := map[backends.Target]int{}
	taken := false // by a binding, for sure
	for _, b := range x.Bindings {
		sure := w.matches(x.Type, b)
		if !sure && !w.mayMatch(x.Type, b) {
			continue
		}
		taken = taken || sure
		i, there := at[b.Destination]
		if !there {
			i = len(out)
			at[b.Destination] = i
			out = append(out, backends.RouteStep{To: b.Destination, Way: backends.ByBinding})
		}
		out[i].Sure = out[i].Sure || sure && stop.Choice == backends.ToAll
		out[i].Bindings = append(out[i].Bindings, b.Binding)
	}
	if stop.Choice == backends.ToOne && len(out) == 1 {
		out[0].Sure = true
	}
	none := len(out) == 0
	if x.Alternate != "" && (!taken || stop.Choice == backends.ToUnknown) {
		out = append(out, backends.RouteStep{
			To: backends.Target{Kind: backends.KindExchange, Name: x.Alternate}, Way: backends.ByAlternate, Sure: none,
		})
	}
	return out
}

// matches reports whether a binding takes the message, or may take it.
func (w *walk) matches(kind string, b Binding) bool {
	switch kind {
	case "direct":
		return slices.Contains(w.keys, b.RoutingKey)
	case "topic":
		return slices.ContainsFunc(w.keys, func(key string) bool { return Topic(b.RoutingKey, key) })
	case "headers":
		return Headers(b.Table, w.headers, w.net.Exact)
	}
	return true
}

// mayMatch reports whether a binding that does not take the message as far as it is known may take it for
// headers that are not: every binding that takes any message at all.
func (w *walk) mayMatch(kind string, b Binding) bool {
	return kind == "headers" && w.net.AnyHeaders && comparesHeaders(b.Table)
}

func (w *walk) finish() {
	w.route.Fate = backends.Dropped
	for _, name := range slices.Sorted(maps.Keys(w.reached)) {
		sure := w.reached[name]
		w.route.Queues = append(w.route.Queues, backends.RouteEnd{Queue: name, Sure: sure})
		switch {
		case sure || w.oneOf:
			w.route.Fate = backends.Delivered
		case w.route.Fate == backends.Dropped:
			w.route.Fate = backends.Perhaps
		}
	}
	if n := len(w.keys) - 1; n > 0 {
		w.route.Notes = append(w.route.Notes, fmt.Sprintf("CC and BCC add %d routing keys", n))
	}
}
