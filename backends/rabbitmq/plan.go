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

// The bounds of a peek.
const (
	maxClassic = 20
	// maxQuorum is the most that a quorum queue puts back in order: at the end of a channel it
	// sorts what the channel's basic.gets hold by their delivery tags as text, "10" before "2".
	maxQuorum = 9
	// holdTime is how long a peek over AMQP holds messages at most.
	holdTime = 250 * time.Millisecond
	// shortTTL is a time to live at which messages may expire because of a look.
	shortTTL = 10 * time.Second
	// nearlyFull is the share of a length limit from which on putting back may push others out.
	nearlyFull = 0.8
	// defaultDeliveryLimit is what quorum queues have from 4.0 on unless they are told otherwise.
	defaultDeliveryLimit = 20
)

// way is how a peek is carried out.
type way uint8

const (
	byNothing way = iota
	byManagement
	byAMQP
	byStream
)

// peekPlan is a Plan with what carrying it out needs.
type peekPlan struct {
	backends.Plan
	way way
	// limit is the delivery limit; limited says that there is one, unsure that there may be one
	// that nobody told us.
	limit           int64
	limited, unsure bool
	// fate is what becomes of messages beyond the limit.
	fate string
	// row is the queue as it was, spent what looks had used up, key names that in the ledger.
	row   management.Queue
	spent spent
	key   []string
}

// counts reports whether a look may use up a delivery of a limit.
func (p peekPlan) counts() bool { return p.limited || p.unsure }

// refuse makes the plan one that is not carried out.
func (p peekPlan) refuse(why ...string) peekPlan {
	p.Consent, p.way, p.Max, p.Effects = backends.Refused, byNothing, 0, why
	return p
}

// ask raises the consent to the typed name and says why.
func (p *peekPlan) ask(why string) {
	p.Consent = backends.TypeName
	p.Effects = append(p.Effects, why)
}

// planFor decides how a queue may be looked at: the rules of which queue types lose, reorder or
// hand over messages when they are taken and put back. A row whose policy is unknown must have
// been completed by assumePolicies.
func planFor(q management.Queue, v management.Version, vhost string, used spent) peekPlan {
	p := peekPlan{row: q, spent: used, Plan: backends.Plan{
		Target: backends.Target{Kind: backends.KindQueue, Name: q.Name}, Consent: backends.Confirm,
	}}
	kind := q.Kind()
	if kind == management.TypeStream {
		p.Consent, p.way = backends.Free, byStream
		p.Effects = []string{"This is a stream: it is read by offset, and nothing changes."}
		return p
	}
	if why := refusal(q, kind); why != "" {
		return p.refuse(why)
	}
	p.way, p.Max = byManagement, maxClassic
	if kind == management.TypeQuorum {
		p.way, p.Max = byAMQP, maxQuorum
	}
	p.Effects = []string{standardEffect(p.way, p.Max)}
	if kind == management.TypeQuorum {
		p.Command = peekCommand(vhost, q.Name)
		if p = planDeliveries(p, q, v); p.Consent == backends.Refused {
			return p
		}
	}
	askForLimits(&p, q)
	addConsumers(&p, q)
	if text := weightEffect(p.way, q, p.Max); text != "" {
		p.Effects = append(p.Effects, text)
	}
	return p
}

// atMost is the plan of a look that is content with n messages. What it takes consent for stays as it is.
func (p peekPlan) atMost(n int) peekPlan {
	if n < 1 || n >= p.Max || p.way != byManagement && p.way != byAMQP {
		return p
	}
	light := weightEffect(p.way, p.row, n) == ""
	heavy := weightEffect(p.way, p.row, p.Max)
	p.Max = n
	p.Effects = slices.DeleteFunc(slices.Clone(p.Effects), func(text string) bool { return light && text == heavy })
	p.Effects[0] = standardEffect(p.way, n)
	return p
}

// weightEffect says what a look at n messages over AMQP costs where they are large: it cannot ask for a part
// of one. It is "" where they are not.
func weightEffect(w way, q management.Queue, n int) string {
	if w != byAMQP || !q.Bytes.Known || !q.Messages.Known || q.Messages.Value < 1 {
		return ""
	}
	each := q.Bytes.Value / q.Messages.Value
	if each*float64(n) <= maxPeekBytes {
		return ""
	}
	return fmt.Sprintf("Messages here have %.1f MiB on average and are sent whole; the look takes no more after %d MiB.",
		each/(1<<20), maxPeekBytes>>20)
}

// standardEffect is what every look does. Over AMQP the time is bounded from here; by the management
// API the server itself takes and puts back.
func standardEffect(w way, n int) string {
	howLong := "about 5 ms"
	if w == byAMQP {
		howLong = fmt.Sprintf("about 10 ms (at most %d)", holdTime.Milliseconds())
	}
	what := "one message out for %s and puts it back. It"
	if n > 1 {
		what = "up to " + strconv.Itoa(n) + " messages out for %s and puts them back. They"
	}
	return fmt.Sprintf("Looking takes "+what+" will carry redelivered=true, consumers may see what was taken later than newer messages, "+
		"and the queue's redeliver metrics rise.", howLong)
}

// peekCommand is the command that looks into a quorum queue on the server itself, where nothing is
// taken out; "" when the name cannot be typed.
func peekCommand(vhost, queue string) string {
	return management.Command("rabbitmq-queues", "peek", "--vhost", vhost, queue, "1")
}

// instead offers the command of a plan in a sentence.
func (p peekPlan) instead() string {
	if p.Command == "" {
		return "On the server itself, rabbitmq-queues peek looks without side effects."
	}
	return "On the server itself this looks without side effects: " + p.Command
}

// refusal says why a queue is never looked into, "" when it may be.
func refusal(q management.Queue, kind string) string {
	switch {
	case kind != management.TypeClassic && kind != management.TypeQuorum:
		return fmt.Sprintf("Queues of the type %q are not looked into: what taking and putting back does to them is not known.", kind)
	case bool(q.Exclusive):
		return "The queue belongs to one connection exclusively; the server lets nobody else look into it (405 RESOURCE_LOCKED)."
	case slices.Contains([]string{"down", "crashed", "stopped", "terminated", "minority"}, string(q.State)):
		return fmt.Sprintf("The queue does not run (%s).", q.State)
	case q.Arguments["x-single-active-consumer"] == true:
		return "The queue has a single active consumer: a look would take messages past it, out of their order (quorum queues answer 405)."
	case q.ExclusiveTag != "" || slices.ContainsFunc(q.ConsumerNotes, func(c struct {
		Exclusive management.Truth `json:"exclusive"`
	},
	) bool {
		return bool(c.Exclusive)
	}):
		return "A consumer has the queue to itself: a look would take messages past it, out of their order."
	}
	if retry, _ := q.Setting("delayed-retry-type"); retry == "all" || retry == "returned" {
		return "The queue delays messages that are put back (delayed-retry-type): a look would take them away for that time."
	}
	return ""
}

// countsNacks reports whether putting back by nack uses up the delivery limit: from 4.3 on it does not.
func countsNacks(v management.Version) bool { return !v.AtLeast(4, 3) }

// planDeliveries adds what a quorum queue's delivery limit means.
func planDeliveries(p peekPlan, q management.Queue, v management.Version) peekPlan {
	raises := "Each look raises x-delivery-count of the messages by one."
	if !countsNacks(v) {
		raises = "Putting back counts as no delivery on this server; if the connection breaks during the look, it does."
	}
	p.Effects = append(p.Effects, fmt.Sprintf("%s Messages that were put back "+
		"before are taken too, to keep their order; if more than %d such wait, those looked at end up behind the others.", raises, maxQuorum))
	p.limit, p.limited = deliveryLimit(q, v)
	if !p.limited {
		return p
	}
	p.fate = "dead-lettered"
	if exchange, ok := q.Setting("dead-letter-exchange"); !ok {
		p.fate = "DROPPED, not dead-lettered"
	} else {
		p.fate += " to " + exchangeName(exchange)
	}
	one := "one more look"
	if !countsNacks(v) {
		one = "a look whose connection breaks"
	}
	if p.limit < 1 {
		return p.refuse(fmt.Sprintf("The queue's delivery limit is %d: %s would get the message %s.", p.limit, one, p.fate), p.instead())
	}
	if why := p.exhausted(one); len(why) > 0 {
		return p.refuse(append(why, p.instead())...)
	}
	p.askForDelivery(v)
	return p
}

// deliveryLimit is how often a message of a quorum queue may come back: by argument, by policy, or by
// what the version does by itself. False where there is none, which -1 says too.
func deliveryLimit(q management.Queue, v management.Version) (int64, bool) {
	limit, told := q.Limit("delivery-limit")
	if !told && (!v.Known() || v.AtLeast(4, 0)) {
		limit, told = defaultDeliveryLimit, true
	}
	return limit, told && limit >= 0
}

// exhausted says why no look is taken because of what looks have used up, nil when one may be. One is
// the look that uses up one more.
func (p *peekPlan) exhausted(one string) []string {
	switch s := p.spent; {
	case s.err != nil:
		return []string{fmt.Sprintf("The queue has a delivery limit of %d, beyond which messages are %s, and how much of it looks use up "+
			"cannot be kept: %v. XDG_STATE_HOME names another folder for that.", p.limit, p.fate, s.err)}
	case s.running():
		return []string{underWay}
	case s.known && s.Deliveries >= p.limit:
		return []string{
			fmt.Sprintf("The first message has been delivered %d times of at most %d%s: %s would get it %s.",
				s.Deliveries, p.limit, s.when(), one, p.fate),
			"Once the queue was seen empty, or what was first in it acknowledged, a look is possible again.",
		}
	}
	return nil
}

// underWay refuses a look beside another one.
const underWay = "Another look at this queue is under way, here or in another process; its end tells how much of the delivery limit is left."

// when says at what time a look told the count.
func (s spent) when() string {
	if s.Seen.IsZero() {
		return ""
	}
	return " (" + s.Seen.UTC().Format("2006-01-02 15:04:05") + " UTC)"
}

// askForDelivery asks for the use of one delivery of a limit, by as much as is known of what is left.
func (p *peekPlan) askForDelivery(v management.Version) {
	s := p.spent
	if s.known && (s.Deliveries < p.limit-1 || !countsNacks(v)) {
		uses := "this look uses one"
		if !countsNacks(v) {
			uses = "this look uses none unless the connection breaks"
		}
		p.ask(fmt.Sprintf("The first message has been delivered %d times of at most %d%s; %s. Beyond the limit messages are %s. %s",
			s.Deliveries, p.limit, s.when(), uses, p.fate, p.instead()))
		return
	}
	p.Max, p.Effects[0] = 1, standardEffect(p.way, 1)
	switch {
	case s.known:
		p.Phrase = again(p.Target.Name)
		p.ask(fmt.Sprintf("Refused: the first message has been delivered %d times of at most %d%s, and a further look could be the last "+
			"before it is %s. Only if you know that another message is first by now, after a purge for example, type %q: that allows "+
			"one look, which tells; if it is not so, the message ends up behind the others that were put back. %s", s.Deliveries, p.limit, s.when(), p.fate, p.Phrase, p.instead()))
	case s.cut():
		p.Phrase = again(p.Target.Name)
		p.ask(fmt.Sprintf("Refused: the look of %s UTC was cut off, and how much of the delivery limit of %d is used up is not known. If the "+
			"first message was delivered that often, a look gets it %s. Only if you know that it was not, type %q: that allows "+
			"one look, which tells. %s", s.Begun.UTC().Format("2006-01-02 15:04:05"), p.limit, p.fate, p.Phrase, p.instead()))
	default:
		p.askForFirst(v)
	}
}

// again is what is typed for a look that is refused otherwise.
func again(queue string) string { return queue + " again" }

// askForFirst asks for the look that tells how much of the limit is used up.
func (p *peekPlan) askForFirst(v management.Version) {
	risk := fmt.Sprintf("If that was delivered %d times already, it is %s; if once less, it ends up behind the others that were put back.",
		p.limit, p.fate)
	if !countsNacks(v) {
		risk = fmt.Sprintf("If that was delivered %d times already and the connection breaks during the look, it is %s.", p.limit, p.fate)
	}
	why := ""
	if p.spent.lost != "" {
		why = " What earlier looks told is lost: " + p.spent.lost + "."
	}
	p.ask(fmt.Sprintf("The queue has a delivery limit of %d and how much of it is used up is not known before the first look, "+
		"which takes one message, unless it was put back before. %s%s %s", p.limit, risk, why, p.instead()))
}

// askForLimits asks for the name where holding messages back may make the server lose some.
func askForLimits(p *peekPlan, q management.Queue) {
	if ms, ok := q.Limit("message-ttl"); ok && time.Duration(ms)*time.Millisecond < shortTTL {
		p.ask(fmt.Sprintf("Messages live for %d ms only: those that are held meanwhile reach no consumer and expire when they are put back.", ms))
	}
	for _, l := range []struct {
		key  string
		used management.Number
	}{{"max-length", q.Ready}, {"max-length-bytes", q.ReadyBytes}} {
		limit, ok := q.Limit(l.key)
		if !ok || l.used.Known && l.used.Value < nearlyFull*float64(limit) {
			continue
		}
		p.ask(fmt.Sprintf("The queue is full or nearly so (%s %d): what is published meanwhile takes the place of the messages held, "+
			"and when they are put back the queue drops or dead-letters some, or holds more than its limit.", l.key, limit))
	}
	if _, ok := q.Limit("expires"); ok {
		p.Effects = append(p.Effects, "Each look restarts the time after which the unused queue is deleted (x-expires).")
	}
}

// addConsumers says what a look means to those who read the queue.
func addConsumers(p *peekPlan, q management.Queue) {
	switch {
	case !q.Consumers.Known:
		p.ask("It is not known whether consumers read this queue, and whether one has it to itself.")
	case q.Consumers.Value == 1:
		p.Effects = append(p.Effects, "1 consumer reads this queue; it may overtake the messages held.")
	case q.Consumers.Value > 0:
		p.Effects = append(p.Effects, fmt.Sprintf("%s consumers read this queue; they may overtake the messages held.", q.Consumers.Text(0)))
	}
}

// planBlind is the plan for a queue of which nothing is known but the name.
func planBlind(name string, v management.Version, used spent) peekPlan {
	p := peekPlan{Plan: backends.Plan{
		Target: backends.Target{Kind: backends.KindQueue, Name: name}, Max: maxQuorum,
	}, way: byAMQP, unsure: true, fate: "DROPPED or dead-lettered", row: management.Queue{Name: name}, spent: used}
	p.Effects = []string{standardEffect(p.way, p.Max)}
	switch {
	case used.err != nil:
		return p.refuse(fmt.Sprintf("Without the management API it is not known whether the queue has a delivery limit, and how much of it "+
			"looks use up cannot be kept: %v. XDG_STATE_HOME names another folder for that.", used.err))
	case used.running():
		return p.refuse(underWay)
	case used.known && used.Deliveries > 0 && !used.Perhaps:
		return p.refuse("It is a quorum queue whose first message has been delivered before" + used.when() + ", and without the management " +
			"API its delivery limit is not known: one more look could drop it.")
	}
	dies := "that is used up"
	if !countsNacks(v) {
		dies += " and the connection breaks during the look"
	}
	p.ask("Without the management API neither type nor limits of the queue are known. If it is a quorum queue with a delivery limit " +
		dies + ", the first message is dropped or dead-lettered; if it has a single active or exclusive consumer, messages " +
		"are taken past it; messages with a short time to live may expire.")
	switch {
	case used.cut():
		p.Phrase = again(name)
		p.ask(fmt.Sprintf("Refused: the look of %s UTC was cut off and may have used up a part of such a limit. Only if you know that the "+
			"queue has none, type %q.", used.Begun.UTC().Format("2006-01-02 15:04:05"), p.Phrase))
	case used.known && used.Deliveries > 0:
		p.Phrase = again(name)
		p.ask(fmt.Sprintf("Refused: it may be a quorum queue whose first message has been delivered before%s, and one more look could drop "+
			"it. Only if you know that the queue is a classic one or has no such limit, type %q: that allows one look, which tells.",
			used.when(), p.Phrase))
	case countsNacks(v) && leavesOutZero(v):
		p.Effects = append(p.Effects, "By a message that was never delivered before, this server does not tell of which type the queue is: "+
			"if one is first, the look takes no other.")
	}
	if !v.Known() || v.AtLeast(4, 0) {
		p.Effects = append(p.Effects, "Quorum queues of this server have a delivery limit of 20 unless they are told otherwise.")
	}
	return p
}

// assumePolicies gives a row without known policy the strictest settings of all policies that
// may apply to it.
func assumePolicies(q *management.Queue, policies []management.Policy) {
	if q.Effective != nil {
		return
	}
	q.Effective = management.Table{}
	for _, p := range policies {
		if p.ApplyTo == "exchanges" || !mayMatch(p.Pattern, q.Name) {
			continue
		}
		for key, value := range p.Definition {
			old, had := q.Effective.Integer(key)
			if n, ok := p.Definition.Integer(key); ok && had && old <= n {
				continue
			}
			q.Effective[key] = value
		}
	}
}

// mayMatch is true also when the pattern, which Erlang reads, cannot be read here.
func mayMatch(pattern, name string) bool {
	re, err := regexp.Compile(pattern)
	return err != nil || re.MatchString(name)
}

// sentences joins effects for an error.
func sentences(effects []string) string { return strings.Join(effects, " ") }
