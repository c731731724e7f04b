package convention

import (
	"regexp"
	"strings"
)

const massTransit = "MassTransit"

// massTransitEnvelope reads the JSON envelope of MassTransit (masstransit.io, Interoperability).
func massTransitEnvelope(l *letter) told {
	if !strings.HasPrefix(l.m.ContentType, "application/vnd.masstransit+") {
		if l.prefixed("MT-") {
			n := by(massTransit)
			n.say("", "message")
			n.massTransitFault(l)
			return n
		}
		return told{}
	}
	n := by(massTransit)
	body := l.json()
	switch fault := typeName(text(body, "messageType", "0")); {
	case strings.HasPrefix(fault, "Fault of"):
		n.say("", strings.Replace(fault, "Fault of", "fault of", 1))
		n.say("", typeName(text(body, "message", "exceptions", "0", "exceptionType")))
		n.fact("error", text(body, "message", "exceptions", "0", "message"))
	case fault != "":
		n.say("message ", fault)
	default:
		n.say("", strings.TrimPrefix(l.m.ContentType, "application/vnd.masstransit+")+" envelope")
	}
	if text(body, "responseAddress") != "" && text(body, "requestId") != "" {
		n.say("", "awaits a reply")
	}
	if t := parseTime(text(body, "sentTime")); !t.IsZero() {
		n.say("sent ", l.when(t))
	}
	if t := parseTime(text(body, "expirationTime")); !t.IsZero() {
		n.say("expires ", l.when(t))
	}
	n.fact("conversation", text(body, "conversationId"))
	n.fact("correlation", text(body, "correlationId"))
	n.fact("from", text(body, "sourceAddress"))
	if host := text(body, "host", "machineName"); host != "" {
		n.fact("host", strings.TrimSpace(host+" "+text(body, "host", "processName")+" "+text(body, "host", "massTransitVersion")))
	}
	n.massTransitFault(l)
	return n
}

func (n *told) massTransitFault(l *letter) {
	if class := l.get("MT-Fault-ExceptionType"); class != "" {
		n.say("failed with ", typeName(class))
	} else if reason := l.get("MT-Reason"); reason != "" {
		n.say("", reason)
	}
	n.fact("error", l.get("MT-Fault-Message"))
	n.fact("consumer", l.get("MT-Fault-ConsumerType"))
	n.fact("redelivered", l.get("MT-Redelivery-Count"))
}

// nServiceBusHeaders reads the headers of NServiceBus (docs.particular.net, Message Headers).
func nServiceBusHeaders(l *letter) told {
	types := l.get("NServiceBus.EnclosedMessageTypes")
	if types == "" && l.get("NServiceBus.MessageId") == "" && l.get("NServiceBus.ControlMessage") == "" {
		return told{}
	}
	n := by("NServiceBus")
	first, _, _ := strings.Cut(types, ";")
	n.say(intent(l.get("NServiceBus.MessageIntent"))+" ", typeName(first))
	if types == "" {
		n.say("", intent(l.get("NServiceBus.MessageIntent")))
	}
	if from := l.get("NServiceBus.OriginatingEndpoint"); from != "" {
		n.say("from ", from)
	}
	if r, ok := l.count("NServiceBus.Retries"); ok {
		n.say("delayed retry ", attempt(r, 0))
	}
	if class := l.get("NServiceBus.ExceptionInfo.ExceptionType"); class != "" {
		n.say("failed with ", typeName(class))
	}
	if wait := l.get("NServiceBus.Transport.RabbitMQ.DelayInSeconds"); wait != "" {
		n.say("delayed by ", wait+" s")
	}
	if t := parseTime(l.get("NServiceBus.TimeSent")); !t.IsZero() {
		n.say("sent ", l.when(t))
	}
	n.fact("error", l.get("NServiceBus.ExceptionInfo.Message"))
	n.fact("failed in", l.get("NServiceBus.FailedQ"))
	n.fact("conversation", l.get("NServiceBus.ConversationId"))
	n.fact("machine", l.get("NServiceBus.OriginatingMachine"))
	n.fact("version", l.get("NServiceBus.Version"))
	return n
}

// rebusHeaders reads the headers of Rebus.
func rebusHeaders(l *letter) told {
	if l.get("rbs2-msg-id") == "" || l.has("rbs2-msg-type", "rbs2-intent", "rbs2-senttime") == 0 {
		return told{}
	}
	n := by("Rebus")
	n.say(intent(l.get("rbs2-intent"))+" ", typeName(l.get("rbs2-msg-type")))
	if details := l.get("rbs2-error-details"); details != "" {
		n.say("failed with ", typeName(rebusFault(l).class))
		n.fact("error", line(details))
	}
	if t := parseTime(l.get("rbs2-deferred-until")); !t.IsZero() {
		n.say("deferred until ", l.when(t))
	}
	if t := parseTime(l.get("rbs2-senttime")); !t.IsZero() {
		n.say("sent ", l.when(t))
	}
	n.fact("from", l.first("rbs2-sender-address", "rbs2-return-address"))
	n.fact("failed in", l.get("rbs2-source-queue"))
	n.fact("correlation", l.get("rbs2-corr-id"))
	return n
}

// wolverineEnvelope reads the headers of Wolverine; none of their names is its own, so several must be there.
func wolverineEnvelope(l *letter) told {
	name := l.first("message-type", "type")
	if name == "" || l.has("conversation-id", "accepted-content-types", "source", "attempts", "sent-at", "reply-uri", "parent-id", "tenant-id") < 3 {
		return told{}
	}
	n := by("Wolverine")
	n.say("message ", typeName(name))
	if a, ok := l.count("attempts"); ok && a > 0 {
		n.say("attempt ", attempt(a, 0))
	}
	n.say("from ", l.get("source"))
	if class := l.get("exception-type"); class != "" {
		n.say("failed with ", typeName(class))
	}
	n.fact("error", l.get("exception-message"))
	n.fact("conversation", l.get("conversation-id"))
	n.fact("reply to", l.get("reply-uri"))
	return n
}

// qualified is how EasyNetQ writes a type into the property of that name: "Shop.Order, Shop.Messages".
var qualified = regexp.MustCompile(`^[A-Za-z_][\w.+]*\.[\w+]+, [A-Za-z_][\w.]*$`)

func easyNetQType(l *letter) told {
	if !qualified.MatchString(l.get("type")) {
		return told{}
	}
	n := by("EasyNetQ")
	n.say("message ", typeName(l.get("type")))
	n.fact("type", l.get("type"))
	return n
}

func easyNetQError(l *letter) told {
	f := easyNetQFault(l)
	if f.library == "" {
		return told{}
	}
	n := by("EasyNetQ")
	n.say("", "error")
	n.say("", typeName(f.class))
	n.fact("error", f.text)
	n.fact("queue", f.queue)
	n.fact("key", f.key)
	return n
}
