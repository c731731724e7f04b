package convention

import (
	"strings"
)

// springType reads what the converters of Spring AMQP add.
func springType(l *letter) told {
	class := l.get("__TypeId__")
	if class == "" && springFault(l).library == "" {
		return told{}
	}
	n := by("Spring AMQP")
	if class == "" {
		n.say("", "message")
	} else {
		n.say("message ", typeName(class))
	}
	if f := springFault(l); f.library != "" {
		n.say("failed with ", typeName(f.class))
		n.fact("error", f.text)
		n.fact("was at", strings.TrimSpace(f.exchange+" "+f.key))
	}
	n.fact("type", class)
	if of := l.get("__ContentTypeId__"); of != "" {
		n.fact("of", of)
	}
	return n
}

// watermillHeader is where watermill keeps the id of a message; the other headers are its metadata.
const watermillHeader = "_watermill_message_uuid"

func watermillMessage(l *letter) told {
	if l.get(watermillHeader) == "" {
		return told{}
	}
	n := by("watermill")
	n.say("message ", l.get(watermillHeader))
	n.say("poisoned: ", l.get("reason_poisoned")) // middleware.PoisonQueue
	n.fact("topic", l.get("topic_poisoned"))
	n.fact("handler", l.get("handler_poisoned"))
	return n
}

// rascalHeader is the table in which rascal keeps what its recovery strategies need.
const rascalHeader = "rascal"

func rascalHeaders(l *letter) told {
	t := l.table(rascalHeader)
	if _, ok := t.(map[string]any); !ok {
		return told{}
	}
	f := rascalFault(l)
	if f.library == "" && l.has("x-death") == 0 && text(t, "originalQueue") == "" && at(t, "restoreRoutingHeaders") == nil && at(t, "encryption") == nil {
		return told{}
	}
	n := by("rascal")
	n.say("", "message")
	recovery := at(t, "recovery", text(t, "originalQueue"))
	if r, ok := number(recovery, "republished"); ok {
		n.say("republished ", times(r))
	}
	if r, ok := number(recovery, "forwarded"); ok {
		n.say("forwarded ", times(r))
	}
	if f.text != "" {
		n.say("failed with ", strings.TrimSpace(f.class+" "+line(f.text)))
	}
	n.say("encrypted as ", text(t, "encryption", "name"))
	n.fact("queue", text(t, "originalQueue"))
	n.fact("exchange", text(t, "originalExchange"))
	n.fact("key", text(t, "originalRoutingKey"))
	return n
}

// moleculerPacket reads what Moleculer's transporter sends: queues and exchanges are named
// MOL.PACKET.NODE or MOL-NAMESPACE.PACKET.NODE (moleculer.services, Protocol).
func moleculerPacket(l *letter) told {
	packet := ""
	for _, name := range []string{l.get("exchange"), l.m.Route, l.m.Target.Name} {
		head, rest, found := strings.Cut(name, ".")
		if found && (head == "MOL" || strings.HasPrefix(head, "MOL-")) {
			packet, _, _ = strings.Cut(rest, ".")
			break
		}
	}
	kind := map[string]string{
		"REQ": "request", "REQB": "request", "RES": "response", "EVENT": "event", "EVENTB": "event", "EVENTLB": "event",
		"DISCOVER": "discover", "DISCONNECT": "disconnect", "INFO": "info", "HEARTBEAT": "heartbeat", "PING": "ping", "PONG": "pong",
	}[packet]
	body := l.json()
	if kind == "" || text(body, "sender") == "" {
		return told{}
	}
	n := by("Moleculer")
	n.say("", strings.TrimSpace(kind+" "+text(body, "action")+text(body, "event")))
	switch text(body, "success") {
	case "true":
		n.say("", "succeeded")
	case "false":
		n.say("failed with ", strings.TrimSpace(text(body, "error", "name")+" "+text(body, "error", "message")))
	}
	n.say("from ", text(body, "sender"))
	n.fact("id", text(body, "id"))
	n.fact("called by", text(body, "caller"))
	n.fact("request", text(body, "requestID"))
	return n
}

// cloudEvent reads events in binary mode, where attributes are headers with a prefix, and in structured
// mode, where the body is an object (CloudEvents AMQP Protocol Binding 1.0, 3.1 and 3.2).
func cloudEvent(l *letter) told {
	get := func(name string) string { return l.first("cloudEvents:"+name, "cloudEvents_"+name) }
	if get("specversion") == "" {
		body := l.json()
		if !strings.HasPrefix(l.m.ContentType, "application/cloudevents") && !eventObject(body) {
			return told{}
		}
		get = func(name string) string { return text(body, name) }
	}
	n := by("CloudEvents")
	n.event(l, get)
	return n
}

// eventObject: all that must be there is.
func eventObject(body any) bool {
	return text(body, "specversion") != "" && text(body, "id") != "" && text(body, "source") != "" && text(body, "type") != ""
}

func (n *told) event(l *letter, get func(string) string) {
	n.say("event ", get("type"))
	n.say("of ", get("subject"))
	n.say("from ", get("source"))
	if t := parseTime(get("time")); !t.IsZero() {
		n.say("at ", l.when(t))
	}
	n.fact("id", get("id"))
	n.fact("data", get("datacontenttype"))
}

// dapr reads the events of Dapr's pub/sub, which add where they were published.
func dapr(l *letter) told {
	body := l.json()
	if !eventObject(body) || text(body, "pubsubname") == "" {
		return told{}
	}
	n := by("Dapr")
	n.event(l, func(name string) string { return text(body, name) })
	n.fact("topic", text(body, "topic"))
	n.fact("component", text(body, "pubsubname"))
	return n
}

// symfonyStamp is how the names of the headers begin that hold stamps of Symfony's Messenger.
const symfonyStamp = `X-Message-Stamp-Symfony\Component\Messenger\Stamp\`

func symfonyEnvelope(l *letter) told {
	if !l.prefixed("X-Message-Stamp-") {
		return told{}
	}
	n := by("Symfony Messenger")
	n.say("message ", typeName(l.get("type")))
	if n.What == "" {
		n.say("", "message")
	}
	if r, ok := number(lastOf(l.table(symfonyStamp+"RedeliveryStamp")), "retryCount"); ok {
		n.say("retry ", attempt(r, 0))
	}
	if ms, ok := number(lastOf(l.table(symfonyStamp+"DelayStamp")), "delay"); ok && ms > 0 {
		n.say("delayed by ", attempt(ms, 0)+" ms")
	}
	if f := symfonyFault(l); f.library != "" {
		n.say("failed with ", typeName(f.class))
		n.fact("error", f.text)
	}
	n.fact("bus", text(lastOf(l.table(symfonyStamp+"BusNameStamp")), "busName"))
	n.fact("type", l.get("type"))
	return n
}

// laravelJob reads the jobs of Laravel's queues.
func laravelJob(l *letter) told {
	body := l.json()
	handler := text(body, "job")
	if text(body, "displayName") == "" || !strings.Contains(handler, "@") && at(body, "data", "commandName") == nil {
		return told{}
	}
	n := by("Laravel")
	n.say("job ", typeName(text(body, "displayName")))
	most, _ := number(body, "maxTries")
	tried, ok := number(l.table("laravel"), "attempts")
	if !ok {
		tried, ok = number(body, "attempts")
	}
	switch {
	case ok:
		n.say("attempt ", attempt(tried+1, most))
	case most > 0:
		n.say("at most ", times(most))
	}
	n.fact("class", text(body, "displayName"))
	n.fact("id", text(body, "uuid"))
	return n
}

// activeJob reads the jobs that Rails hands to Sneakers and others.
func activeJob(l *letter) told {
	body := l.json()
	if text(body, "job_class") == "" || text(body, "job_id") == "" {
		return told{}
	}
	n := by("Active Job")
	n.say("job ", text(body, "job_class"))
	if done, ok := number(body, "executions"); ok {
		n.say("attempt ", attempt(done+1, 0))
	}
	n.fact("id", text(body, "job_id"))
	n.fact("queue", text(body, "queue_name"))
	return n
}

func sneakersError(l *letter) told {
	f := sneakersFault(l)
	if f.library == "" {
		return told{}
	}
	n := by("Sneakers")
	n.say("error ", f.class)
	if tried, ok := number(l.json(), "num_attempts"); ok {
		n.say("attempt ", attempt(tried, 0))
	}
	n.fact("error", f.text)
	n.fact("queue", f.queue)
	n.fact("job", text(embedded(l.json()), "job_class"))
	return n
}

// hutchMessage knows Hutch by the name of its exchange only.
func hutchMessage(l *letter) told {
	if l.get("exchange") != "hutch" || l.get("message-id") == "" || l.m.Route == "" {
		return told{}
	}
	n := by("Hutch")
	n.say("message ", l.m.Route)
	n.fact("id", l.get("message-id"))
	return n
}
