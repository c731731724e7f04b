package rabbitmq

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"bustop/backends/rabbitmq/convention"

	"bustop/backends"
)

// lettersRemembered bounds the queues of which looks are remembered.
const lettersRemembered = 1000

// letterEvidence is what looks into a queue have told of it: the latest look into it counts.
type letterEvidence struct {
	looked, dead int
	at           time.Time
	// reasons are by the queue where the messages died last.
	reasons map[string]string
	// sure says that not all of them had only expired, as they do where they only wait.
	sure bool
}

// evidenceOf reads the deaths of messages that were found in a queue. What died in this queue itself and
// has come back is on its way round, and none of a place for dead letters.
func evidenceOf(queue string, messages []backends.Message, now time.Time) letterEvidence {
	e := letterEvidence{at: now, reasons: map[string]string{}}
	for _, m := range messages {
		if m.Gap != "" {
			continue
		}
		e.looked++
		deaths := convention.ReadFate(m, now).Deaths
		if len(deaths) == 0 || slices.ContainsFunc(deaths, func(d backends.Death) bool { return d.Queue == queue }) {
			continue
		}
		e.dead++
		e.reasons[deaths[0].Queue] = deaths[0].Reason
		e.sure = e.sure || deaths[0].Reason != "expired"
	}
	return e
}

// noteLook remembers what a look has told, as long as the source is open.
func (l *letters) noteLook(queue string, messages []backends.Message) {
	e := evidenceOf(queue, messages, time.Now())
	if e.looked == 0 {
		return // an empty queue tells nothing of what it is for
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.looks == nil || len(l.looks) >= lettersRemembered {
		l.looks = map[string]letterEvidence{}
	}
	l.looks[queue] = e
}

func (l *letters) looked() map[string]letterEvidence {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.looks)
}

// addTo adds to a place what looks have told. Messages that only expired may have waited elsewhere and
// belong where they are: they make a place of a queue that nobody reads, and no more than probable.
func (e letterEvidence) addTo(p *backends.DeadLetterPlace) {
	if e.dead == 0 || !e.sure && p.Consumers.Value > 0 && len(p.Facts) == 0 {
		return
	}
	p.Perhaps = !e.sure && (p.Perhaps || len(p.Facts) == 0)
	fact := fmt.Sprintf("Of %s looked at here at %s x-death says so of %d.", things(e.looked, "message"), e.at.Local().Format(time.TimeOnly), e.dead)
	if !e.sure {
		fact = fmt.Sprintf("Of %s looked at here at %s %d had expired elsewhere.", things(e.looked, "message"), e.at.Local().Format(time.TimeOnly), e.dead)
	}
	p.Facts = append(p.Facts, fact)
	for _, queue := range sorted(e.reasons) {
		if !slices.ContainsFunc(p.Origins, func(o backends.DeadLetterOrigin) bool { return o.Queue == queue }) {
			p.Origins = append(p.Origins, backends.DeadLetterOrigin{Queue: queue, By: "x-death: " + e.reasons[queue]})
		}
	}
}
