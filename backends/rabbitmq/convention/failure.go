package convention

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path"
	"strings"
	"time"
)

// failure is what a library noted on a message that it put aside.
type failure struct {
	library              string
	class, text, reason  string
	queue, exchange, key string
	at                   time.Time
	words                []string
}

// failure reads the notes of the first library that left any.
func (l *letter) failure() failure {
	for _, read := range []func(*letter) failure{
		massTransitFault, nServiceBusFault, springFault, rascalFault, rebusFault, easyNetQFault, sneakersFault, symfonyFault, wolverineFault,
	} {
		if f := read(l); f.library != "" {
			return f
		}
	}
	return failure{}
}

// massTransitFault: the transport headers of queues named NAME_error and NAME_skipped.
func massTransitFault(l *letter) failure {
	if !l.prefixed("MT-Fault-") && l.get("MT-Reason") == "" {
		return failure{}
	}
	f := failure{
		library: massTransit, class: l.get("MT-Fault-ExceptionType"), text: l.get("MT-Fault-Message"), reason: l.get("MT-Reason"),
		at: parseTime(l.get("MT-Fault-Timestamp")),
	}
	if u, err := url.Parse(l.get("MT-Fault-InputAddress")); err == nil && u.Path != "" {
		f.queue = path.Base(u.Path)
	}
	if consumer := l.get("MT-Fault-ConsumerType"); consumer != "" {
		f.words = append(f.words, "The consumer "+line(consumer)+" failed.")
	}
	if f.reason == "skipped" || f.reason == "dead-letter" {
		f.words = append(f.words, "No consumer of the queue takes messages of this type: MassTransit put it aside.")
	}
	return f
}

// nServiceBusFault: the headers of messages in an error queue.
func nServiceBusFault(l *letter) failure {
	class := l.get("NServiceBus.ExceptionInfo.ExceptionType")
	if class == "" && l.get("NServiceBus.FailedQ") == "" {
		return failure{}
	}
	f := failure{
		library: "NServiceBus", class: class, text: l.get("NServiceBus.ExceptionInfo.Message"), reason: "failed",
		at: parseTime(l.get("NServiceBus.TimeOfFailure")),
	}
	f.queue, _, _ = strings.Cut(l.get("NServiceBus.FailedQ"), "@")
	if inner := l.get("NServiceBus.ExceptionInfo.InnerExceptionType"); inner != "" {
		f.words = append(f.words, "Within it: "+line(inner)+".")
	}
	return f
}

// springFault: what RepublishMessageRecoverer adds. The class of the error is in the stack trace only; the
// last cause tells more than the wrapper around it.
func springFault(l *letter) failure {
	trace := l.get("x-exception-stacktrace")
	if trace == "" && l.get("x-exception-message") == "" {
		return failure{}
	}
	f := failure{
		library: "Spring AMQP", text: l.get("x-exception-message"), reason: "republished",
		exchange: l.get("x-original-exchange"), key: l.get("x-original-routingKey"),
	}
	head := line(trace)
	for rest := trace; ; {
		_, after, found := strings.Cut(rest, "Caused by: ")
		if !found {
			break
		}
		head, rest = line(after), after
	}
	class, message, _ := strings.Cut(head, ": ")
	if class != "" && !strings.ContainsAny(class, " \t") {
		f.class = class
		if message != "" {
			f.text = message
		}
	}
	return f
}

// rascalFault: the table that its recovery strategies republish and forward leave.
func rascalFault(l *letter) failure {
	t := l.table(rascalHeader)
	if text(t, "error", "message") == "" {
		return failure{}
	}
	f := failure{
		library: "rascal", class: text(t, "error", "code"), text: text(t, "error", "message"), reason: "recovered",
		queue: text(t, "originalQueue"), exchange: text(t, "originalExchange"), key: text(t, "originalRoutingKey"),
	}
	recovery := at(t, "recovery", f.queue)
	if n, ok := number(recovery, "republished"); ok {
		f.words = append(f.words, "Republished "+times(n)+".")
		f.reason = "republished"
	}
	if n, ok := number(recovery, "forwarded"); ok {
		f.words = append(f.words, "Forwarded "+times(n)+".")
		f.reason = "forwarded"
	}
	return f
}

// rebusFault: headers of its queue "error".
func rebusFault(l *letter) failure {
	details := l.get("rbs2-error-details")
	if details == "" {
		return failure{}
	}
	f := failure{library: "Rebus", text: line(details), reason: "failed", queue: l.get("rbs2-source-queue")}
	if class, message, ok := strings.Cut(line(lastError(details)), ": "); ok && !strings.ContainsAny(class, " \t") {
		f.class, f.text = class, message
	}
	return f
}

// lastError is the part of Rebus' details from the first line on that looks like an exception: before it
// there may be lines that count the errors.
func lastError(details string) string {
	for l := range strings.Lines(details) {
		class, _, found := strings.Cut(strings.TrimSpace(l), ": ")
		if _, after, dated := strings.Cut(class, " "); dated {
			class = after
		}
		if found && strings.Contains(class, ".") && !strings.ContainsAny(class, " \t") {
			_, rest, _ := strings.Cut(l, class)
			return class + rest
		}
	}
	return details
}

// easyNetQFault: its error queues hold a message around the one that failed.
func easyNetQFault(l *letter) failure {
	if !strings.HasPrefix(l.get("type"), "EasyNetQ.SystemMessages.Error") && !strings.HasPrefix(l.m.Target.Name, "EasyNetQ_Default_Error_Queue") {
		return failure{}
	}
	body := l.json()
	exception := text(body, "Exception")
	if exception == "" {
		return failure{}
	}
	f := failure{
		library: "EasyNetQ", text: line(exception), reason: "failed",
		queue: text(body, "Queue"), exchange: text(body, "Exchange"), key: text(body, "RoutingKey"), at: parseTime(text(body, "DateTime")),
	}
	if class, message, ok := strings.Cut(line(exception), ": "); ok && !strings.ContainsAny(class, " \t") {
		f.class, f.text = class, message
	}
	return f
}

// sneakersFault: its handler Maxretry puts a message around the one that failed too often.
func sneakersFault(l *letter) failure {
	body := l.json()
	_, counted := number(body, "num_attempts")
	if !counted || text(body, "failed_at") == "" || at(body, "payload") == nil {
		return failure{}
	}
	f := failure{
		library: "Sneakers", class: text(body, "error_class"), text: text(body, "error_message"), reason: text(body, "error"),
		queue: text(body, "queue"), at: parseTime(text(body, "failed_at")),
	}
	if n, ok := number(body, "num_attempts"); ok {
		f.words = append(f.words, "Tried "+times(n)+".")
	}
	return f
}

// symfonyFault: the stamps are JSON with PHP's class names as keys.
func symfonyFault(l *letter) failure {
	stamps := l.table(symfonyStamp + "ErrorDetailsStamp")
	last := lastOf(stamps)
	class, message := text(last, "exceptionClass"), text(last, "exceptionMessage")
	if class == "" && message == "" {
		return failure{}
	}
	f := failure{library: "Symfony Messenger", class: class, text: message, reason: "failed"}
	if from := text(lastOf(l.table(symfonyStamp+"SentToFailureTransportStamp")), "originalReceiverName"); from != "" {
		f.words = append(f.words, "It came from the receiver "+line(from)+".")
	}
	return f
}

func wolverineFault(l *letter) failure {
	class := l.get("exception-type")
	if class == "" || l.get("exception-message") == "" {
		return failure{}
	}
	f := failure{library: "Wolverine", class: class, text: l.get("exception-message"), reason: "failed", at: parseTime(l.get("failed-at"))}
	if millis, ok := l.count("failed-at"); ok {
		f.at = time.UnixMilli(millis)
	}
	return f
}

// lastOf is the last item of an array.
func lastOf(v any) any {
	if list, ok := v.([]any); ok && len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return attempt(n, 0) + " times"
}

// embedded is the payload that Sneakers keeps in base64, for a look at what failed.
func embedded(body any) any {
	raw, err := base64.StdEncoding.DecodeString(text(body, "payload"))
	if err != nil || !json.Valid(raw) {
		return nil
	}
	return parse(raw)
}
