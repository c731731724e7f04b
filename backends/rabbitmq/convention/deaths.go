package convention

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"bustop/backends"
)

// The headers that the server adds to a message that it dead-letters (rabbitmq.com/docs/dlx).
const (
	deathHeader   = "x-death"
	firstQueue    = "x-first-death-queue"
	firstExchange = "x-first-death-exchange"
	firstReason   = "x-first-death-reason"
)

// Deaths reads the header x-death: one entry for each queue and reason. The latest is in front, as the
// server has it. It turns the order of the others round when they are two or more, at each death (3.10),
// so they are put in the order of their times, which are those of the first death of each entry.
func Deaths(m backends.Message) []backends.Death { return newLetter(m, time.Time{}).deaths() }

func (l *letter) deaths() []backends.Death {
	rows, _ := l.table(deathHeader).([]any)
	var deaths []backends.Death
	for _, row := range rows {
		d := backends.Death{
			Queue: text(row, "queue"), Reason: text(row, "reason"), Exchange: text(row, "exchange"),
			First: deathTime(text(row, "time")), Expiration: text(row, "original-expiration"),
			Count: backends.ExactCount(1),
		}
		if n, ok := number(row, "count"); ok {
			d.Count = backends.ExactCount(n)
		}
		keys, _ := at(row, "routing-keys").([]any)
		for _, k := range keys {
			d.Keys = append(d.Keys, text(k))
		}
		if d.Queue != "" || d.Reason != "" {
			deaths = append(deaths, d)
		}
	}
	if len(deaths) > 2 {
		slices.SortStableFunc(deaths[1:], func(a, b backends.Death) int { return b.First.Compare(a.First) })
	}
	return deaths
}

// deathTime reads a timestamp: text over AMQP, a number of seconds by the management API.
func deathTime(s string) time.Time {
	if t := parseTime(s); !t.IsZero() {
		return t
	}
	var seconds int64
	if _, err := fmt.Sscanf(s, "%d", &seconds); err != nil || seconds <= 0 || seconds > 253402300799 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// ReadFate says how a message came to be where it is.
func ReadFate(m backends.Message, now time.Time) backends.LetterFate {
	l := newLetter(m, now)
	f := backends.LetterFate{Deaths: l.deaths(), Queue: l.get(firstQueue), Exchange: l.get(firstExchange)}
	if len(f.Deaths) > 0 {
		f.Reason = f.Deaths[0].Reason
		oldest := oldestDeath(f.Deaths, f.Queue, l.get(firstReason))
		f.Queue, f.Exchange = cmp.Or(f.Queue, oldest.Queue), cmp.Or(f.Exchange, oldest.Exchange)
		f.Since = oldest.First
		if len(oldest.Keys) > 0 {
			f.Key = oldest.Keys[0]
		}
	}
	failed := l.failure()
	f.Library, f.Exception, f.Error = failed.library, cut(failed.class), cut(failed.text)
	f.Reason = cmp.Or(f.Reason, failed.reason)
	if failed.queue != "" {
		f.Queue = cmp.Or(f.Queue, failed.queue)
	}
	f.Exchange, f.Key = cmp.Or(f.Exchange, failed.exchange), cmp.Or(f.Key, failed.key)
	if f.Since.IsZero() {
		f.Since = failed.at
	}
	f.Words = l.fateWords(f, failed)
	return f
}

// oldestDeath is the one that the headers of the first death name, else the one that happened first.
func oldestDeath(deaths []backends.Death, queue, reason string) backends.Death {
	for _, d := range deaths {
		if queue != "" && d.Queue == queue && (reason == "" || d.Reason == reason) {
			return d
		}
	}
	return slices.MinFunc(deaths, func(a, b backends.Death) int { return a.First.Compare(b.First) })
}

func (l *letter) fateWords(f backends.LetterFate, failed failure) []string {
	var words []string
	for i, d := range f.Deaths {
		what := l.deathWords(d)
		switch {
		case len(f.Deaths) == 1:
			words = append(words, what)
		case i == 0:
			words = append(words, "Latest: "+lower(what))
		default:
			words = append(words, "Before: "+lower(what))
		}
	}
	if len(f.Deaths) > 2 {
		words = append(words, "The server does not keep the order of older deaths; they stand by the time of their first.")
	}
	if n := total(f.Deaths); len(f.Deaths) > 1 {
		words = append(words, fmt.Sprintf("It has been dead-lettered %d times in all.", n))
	}
	if f.Exception != "" || f.Error != "" {
		text := strings.TrimPrefix(line(f.Exception)+": "+line(f.Error), ": ")
		words = append(words, f.Library+" noted the error "+strings.TrimSuffix(text, ": ")+".")
	}
	words = append(words, failed.words...)
	if f.Queue == "" && f.Exchange == "" && f.Key == "" || !f.Dead() {
		return words
	}
	text := "At first it was"
	if f.Queue != "" {
		text += " in the queue " + cut(f.Queue)
	}
	if f.Exchange != "" || f.Key != "" || len(f.Deaths) > 0 {
		text += " by " + exchange(f.Exchange) + keyWords(f.Key)
	}
	return append(words, text+".")
}

func total(deaths []backends.Death) (n int64) {
	for _, d := range deaths {
		n += d.Count.Value
	}
	return n
}

// deathWords is one entry of x-death as a sentence.
func (l *letter) deathWords(d backends.Death) string {
	queue := cut(d.Queue)
	what := map[string]string{
		"rejected":       "A consumer of " + queue + " rejected it",
		"expired":        "It expired in " + queue,
		"maxlen":         "It was pushed out of " + queue + ", which was full",
		"delivery_limit": "It was delivered from " + queue + " more often than the delivery limit allows",
	}[d.Reason]
	if what == "" {
		what = "It left " + queue + " for the reason " + cut(d.Reason)
	}
	if d.Expiration != "" {
		what += " (its own time to live was " + cut(d.Expiration) + " ms)"
	}
	var notes []string
	if d.Count.Value > 1 {
		notes = append(notes, fmt.Sprintf("%d times", d.Count.Value))
	}
	if !d.First.IsZero() {
		word := "at "
		if d.Count.Value > 1 {
			word = "first at "
		}
		notes = append(notes, word+l.when(d.First))
	}
	if len(notes) > 0 {
		what += " " + strings.Join(notes, ", ")
	}
	return what + "."
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func exchange(name string) string {
	if name == "" {
		return "the default exchange"
	}
	return "the exchange " + cut(name)
}

func keyWords(key string) string {
	if key == "" {
		return ""
	}
	return " with the key " + cut(key)
}
