package rabbitmq

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// deadName are the names that people and libraries give to queues of dead letters: MassTransit's _error
// and _skipped, Sneakers' -error, dramatiq's .XQ, Symfony's failed, and those that say it outright, in
// camel case too.
var deadName = regexp.MustCompile(`(?i)(^|[._\-:/])(dlq|dlx|dead|dead[._\-]?letter(?:s|ed)?|errors?|error[._]queue|skipped|failed|failures?|poison|parking(?:[._\-]?lot)?|quarantine|undeliverable|xq)([._\-:/](queue|q|messages))?$|(?-i:[a-z0-9](?:DLQ|DLX|Dlq|DeadLetters?(?:Queue)?)$)`)

// retryName are the names of queues in which messages wait for another try.
var retryName = regexp.MustCompile(`(?i)(^|[._\-:/])(retry|retries|backoff|requeue|redeliver\w*)($|[._\-:/\d])`)

// levelName are the queues of the ladders of NServiceBus and of Celery, one for each bit of a delay in
// seconds.
var levelName = regexp.MustCompile(`^(nsb(?:\.v2)?\.delay-level-|celery_delayed_)(\d{1,2})$`)

// deadLetterPlaces finds the queues that get dead letters, those in which messages wait until they expire,
// and the exchanges that delay, in the order of their names. Queues of taps are left out.
func deadLetterPlaces(scene letterScene, looks map[string]letterEvidence, ours map[string]bool) []backends.DeadLetterPlace {
	queues := slices.DeleteFunc(slices.Clone(scene.queues), func(q management.Queue) bool { return ours[q.Name] })
	r := newLetterRouter(scene)
	next, waiting := map[string][]letterEnd{}, map[string]bool{}
	for _, q := range queues {
		next[q.Name] = r.ends(q)
		waiting[q.Name] = waits(q, next[q.Name])
	}
	origins := map[string][]backends.DeadLetterOrigin{}
	for _, q := range queues {
		for _, e := range next[q.Name] {
			e.origin.Waits = waiting[q.Name]
			origins[e.queue] = append(origins[e.queue], e.origin)
		}
	}
	var places []backends.DeadLetterPlace
	for _, q := range queues {
		if waiting[q.Name] {
			places = append(places, waitingPlace(q, origins[q.Name], next))
		} else if p := letterPlace(q, origins[q.Name], next[q.Name], looks[q.Name]); len(p.Facts) > 0 {
			places = append(places, p)
		}
	}
	explainLadders(places)
	for _, x := range scene.exchanges {
		if p, ok := delayingExchange(x, scene.bindings[x.Name]); ok {
			places = append(places, p)
		}
	}
	slices.SortStableFunc(places, func(a, b backends.DeadLetterPlace) int { return strings.Compare(a.Target.Name, b.Target.Name) })
	return places
}

func newPlace(q management.Queue, purpose backends.Purpose, from []backends.DeadLetterOrigin, next []letterEnd) backends.DeadLetterPlace {
	p := backends.DeadLetterPlace{
		Target: backends.Target{Kind: backends.KindQueue, Name: q.Name}, Purpose: purpose,
		Ready: q.Ready.Count(), Total: q.Messages.Count(), Consumers: q.Consumers.Count(), Origins: from,
	}
	for _, e := range next {
		if target := (backends.Target{Kind: backends.KindQueue, Name: e.queue}); !slices.Contains(p.Next, target) {
			p.Next = append(p.Next, target)
		}
	}
	return p
}

// waits reports whether messages only wait in a queue: they expire, go on from there, and nobody takes
// them. A queue whose messages become dead letters when they expire is an ordinary one.
func waits(q management.Queue, next []letterEnd) bool {
	if _, expires := q.Limit("message-ttl"); !expires || q.Consumers.Value > 0 || len(next) == 0 {
		return false
	}
	return !slices.ContainsFunc(next, func(e letterEnd) bool { return deadName.MatchString(e.queue) })
}

// waitingPlace explains a queue in which messages wait.
func waitingPlace(q management.Queue, from []backends.DeadLetterOrigin, next map[string][]letterEnd) backends.DeadLetterPlace {
	p := newPlace(q, backends.ForDelay, from, next[q.Name])
	ttl, _ := q.Limit("message-ttl")
	p.Wait = backends.ExactSpan(time.Duration(ttl) * time.Millisecond)
	before := "Nobody takes messages from here: they"
	if !q.Consumers.Known {
		before = "Whether anybody takes messages from here is not known; those that nobody does"
	}
	p.Facts = append(p.Facts, fmt.Sprintf("%s wait %s and then go to %s.", before, p.Wait.Value, targetNames(p.Next)))
	if m := levelName.FindStringSubmatch(q.Name); m != nil {
		p.Facts = append(p.Facts, levelFact(m[1], m[2]))
		return p
	}
	for _, t := range p.Next {
		back := slices.ContainsFunc(next[t.Name], func(e letterEnd) bool { return e.queue == q.Name })
		if back {
			p.Purpose = backends.ForRetry
			p.Facts = append(p.Facts, fmt.Sprintf("What %s cannot use comes here and goes back to it: each round is one more try, and x-death counts them.", t.Name))
		}
	}
	if retryName.MatchString(q.Name) {
		p.Purpose = backends.ForRetry
	}
	p.Facts = append(p.Facts, "Messages leave at the head only: one with a time to live of its own that is shorter waits behind those before it.")
	return p
}

// levelFact explains a rung of a ladder that counts in binary.
func levelFact(prefix, digits string) string {
	level, _ := strconv.Atoi(digits)
	library := "NServiceBus"
	if strings.HasPrefix(prefix, "celery") {
		library = "Celery"
	}
	return fmt.Sprintf("Level %d of the delays of %s: there is a queue for each bit of a delay in seconds, a message waits here when bit %d "+
		"of its own is set (%s), and goes down level by level until all of its delay has passed.", level, library, level, time.Duration(1<<min(level, 32))*time.Second)
}

// letterPlace explains a queue that gets dead letters, or whose name says that it does. One that only
// gets back what waited elsewhere is an ordinary queue and has no facts.
func letterPlace(q management.Queue, from []backends.DeadLetterOrigin, next []letterEnd, seen letterEvidence) backends.DeadLetterPlace {
	p := newPlace(q, backends.ForDead, from, next)
	sure, perhaps := 0, 0
	for _, o := range from {
		switch {
		case o.Waits || o.Queue == q.Name:
		case o.Perhaps:
			perhaps++
		default:
			sure++
		}
	}
	if sure > 0 {
		p.Facts = append(p.Facts, "It gets the dead letters of "+things(sure, "queue")+".")
	}
	if perhaps > 0 {
		p.Facts = append(p.Facts, "It may get dead letters of "+things(perhaps, "queue")+": that depends on their own routing keys or headers.")
	}
	if deadName.MatchString(q.Name) {
		p.Facts = append(p.Facts, nameFact(q.Name))
	}
	p.Perhaps = sure == 0
	seen.addTo(&p)
	if len(p.Facts) > 0 && len(p.Next) > 0 {
		p.Facts = append(p.Facts, "What dies here goes on to "+targetNames(p.Next)+".")
	}
	return p
}

// nameFact says what a library means by such a name.
func nameFact(name string) string {
	switch {
	case strings.HasSuffix(name, "_error"):
		return "By its name MassTransit puts messages here whose consumers failed; it publishes them itself, without dead-lettering."
	case strings.HasSuffix(name, "_skipped"):
		return "By its name MassTransit puts messages here that no consumer of the queue takes."
	case strings.HasSuffix(name, ".XQ"):
		return "By its name dramatiq puts messages here that failed too often."
	case strings.HasPrefix(name, "EasyNetQ_"):
		return "By its name EasyNetQ puts messages here whose consumers failed."
	}
	return "By its name it is for messages that nobody could use; a look at some of them says whether it is."
}

// explainLadders adds to waiting queues with the same next ones how they stand beside each other.
func explainLadders(places []backends.DeadLetterPlace) {
	rungs := map[string][]int{}
	for i, p := range places {
		if p.Wait.Known() && len(p.Next) == 1 && !levelName.MatchString(p.Target.Name) {
			rungs[p.Next[0].Name] = append(rungs[p.Next[0].Name], i)
		}
	}
	for to, list := range rungs {
		if len(list) < 2 {
			continue
		}
		slices.SortFunc(list, func(a, b int) int { return int(places[a].Wait.Value - places[b].Wait.Value) })
		var steps []string
		for _, i := range list {
			steps = append(steps, fmt.Sprintf("%s (%s)", places[i].Target.Name, places[i].Wait.Value))
		}
		for _, i := range list {
			places[i].Facts = append(places[i].Facts, "It is a rung of a ladder back to "+to+": "+strings.Join(steps, ", ")+".")
		}
	}
}

// delayingExchange explains an exchange that holds messages back.
func delayingExchange(x management.LetterExchange, bindings []management.Binding) (backends.DeadLetterPlace, bool) {
	kind, delayed := x.Routing()
	if !delayed {
		return backends.DeadLetterPlace{}, false
	}
	p := backends.DeadLetterPlace{
		Target: backends.Target{Kind: backends.KindExchange, Name: x.Name}, Purpose: backends.ForDelay,
		Ready: x.Delayed.Count(), Total: x.Delayed.Count(),
		Facts: []string{
			fmt.Sprintf("It holds each message back for as many milliseconds as its header x-delay says and routes it then, as an exchange of the type %s.", kind),
			"What it holds back is in no queue and can neither be listed nor looked at; it is on one node only and is lost with that node's disk.",
		},
	}
	if strings.HasSuffix(x.Name, "_delay") {
		p.Facts = append(p.Facts, "By its name MassTransit uses it for scheduled messages and redeliveries.")
	}
	for _, b := range bindings {
		if t := b.Target(); !slices.Contains(p.Next, t) {
			p.Next = append(p.Next, t)
		}
	}
	return p, true
}

func targetNames(targets []backends.Target) string {
	const most = 3
	names := make([]string, 0, most+1)
	for i, t := range targets {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(targets)-most))
			break
		}
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}

func things(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
