package health

import (
	"math"
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// trendLength is how many readings the trends remember.
const trendLength = 120

// point is one reading of all servers of a source, added up. What is not known is NaN.
type point struct {
	at      time.Time
	figures [figureCount]float64
	// named are the figures that a report itself names.
	named map[string]float64
	// counters are by server, to tell from the next reading how fast they grow.
	counters map[string]backends.ServerSample
}

// The figures that have a trend.
const (
	operations = iota
	memoryUsed
	clientCount
	blockedCount
	hitRate
	bytesIn
	bytesOut
	evictions
	expiries
	keyCount
	figureCount
)

// trends is a ring of readings.
type trends struct {
	points []point
	last   point
}

// pointOf adds up what the servers told.
func pointOf(snap backends.Snapshot[[]backends.OfServer[backends.ServerDetail]]) point {
	p := point{at: snap.At, counters: map[string]backends.ServerSample{}}
	for i := range p.figures {
		p.figures[i] = math.NaN()
	}
	sum := func(figure int, value float64, known bool) {
		if !known {
			return
		}
		if math.IsNaN(p.figures[figure]) {
			p.figures[figure] = 0
		}
		p.figures[figure] += value
	}
	count := func(figure int, c backends.Count) { sum(figure, float64(c.Value), c.Known()) }
	for _, s := range snap.Value {
		if s.Err != nil {
			continue
		}
		v := s.Value.Sample
		p.counters[s.Server] = v
		sum(operations, v.Operations.Value, v.Operations.Known())
		count(memoryUsed, v.Memory)
		count(clientCount, v.Clients)
		count(blockedCount, v.Blocked)
		if s.Value.Role != "replica" {
			count(keyCount, v.Keys)
		}
	}
	return p
}

// plainPoint is what a report alone tells.
func plainPoint(snap backends.Snapshot[backends.HealthReport]) point {
	p := point{at: snap.At, named: map[string]float64{}}
	for _, f := range snap.Value.Figures {
		if f.Value.Known() {
			p.named[f.Name] = f.Value.Value
		}
	}
	for i := range p.figures {
		p.figures[i] = math.NaN()
	}
	if r := snap.Value; r.Operations.Known() {
		p.figures[operations] = r.Operations.Value
	}
	if c := snap.Value.MemoryUsed; c.Known() {
		p.figures[memoryUsed] = float64(c.Value)
	}
	if c := snap.Value.Connections; c.Known() {
		p.figures[clientCount] = float64(c.Value)
	}
	return p
}

// add keeps a reading, with how fast its counters grew since the one before.
func (t *trends) add(p point) {
	if !t.last.at.IsZero() {
		t.grow(&p)
	}
	t.last = p
	t.points = append(t.points, p)
	if len(t.points) > trendLength {
		t.points = append(t.points[:0:0], t.points[len(t.points)-trendLength:]...)
	}
}

// grow adds up the growth of counters of all servers. One that was started anew in between, or was
// not there, leaves everything unknown: a part would look like a fall.
func (t *trends) grow(p *point) {
	span := p.at.Sub(t.last.at).Seconds()
	if span <= 0 || len(p.counters) == 0 || len(p.counters) != len(t.last.counters) {
		return
	}
	var in, out, evicted, expired, hits, misses float64
	for server, now := range p.counters {
		before, ok := t.last.counters[server]
		if !ok || before.Run != now.Run || now.Commands.Value < before.Commands.Value {
			return
		}
		in += float64(now.BytesIn.Value - before.BytesIn.Value)
		out += float64(now.BytesOut.Value - before.BytesOut.Value)
		evicted += float64(now.Evicted.Value - before.Evicted.Value)
		expired += float64(now.Expired.Value - before.Expired.Value)
		hits += float64(now.Hits.Value - before.Hits.Value)
		misses += float64(now.Misses.Value - before.Misses.Value)
	}
	p.figures[bytesIn], p.figures[bytesOut] = in/span, out/span
	p.figures[evictions], p.figures[expiries] = evicted/span, expired/span
	if hits+misses > 0 {
		p.figures[hitRate] = hits / (hits + misses)
	}
}

// series is the last n values of what figure tells of a point, for a chart; what is unknown is 0 there.
func (t *trends) series(figure func(point) float64, n int) []int64 {
	points := t.points[max(len(t.points)-n, 0):]
	out := make([]int64, len(points))
	for i, p := range points {
		if v := figure(p); !math.IsNaN(v) {
			// A thousandth counts: shares and slow rates have trends too.
			out[i] = int64(min(v*1000, math.MaxInt64/2))
		}
	}
	return out
}

// course is a line of the trends: what it shows of each point, and how a value is written.
type course struct {
	name   string
	figure func(point) float64
	text   func(float64) string
}

// courses are those of the figures that the report names, or else those that servers have in common.
func (s *Screen) courses() []course {
	if named := s.report.Last.Value.Figures; len(named) > 0 {
		return namedCourses(named)
	}
	at := func(figure int) func(point) float64 { return func(p point) float64 { return p.figures[figure] } }
	perSecond := func(v float64) string { return byteText(v) + "/s" }
	return []course{
		{"operations", at(operations), ui.Rate},
		{"memory", at(memoryUsed), byteText},
		{"clients", at(clientCount), countText},
		{"blocked", at(blockedCount), countText},
		{"hit rate", at(hitRate), func(v float64) string { return ui.Count(int64(math.Round(100*v))) + " %" }},
		{"network in", at(bytesIn), perSecond},
		{"network out", at(bytesOut), perSecond},
		{"evicted", at(evictions), ui.Rate},
		{"expired", at(expiries), ui.Rate},
		{"keys", at(keyCount), countText},
	}
}

func namedCourses(figures []backends.Figure) []course {
	text := map[backends.Unit]func(float64) string{backends.Things: countText, backends.PerSecond: ui.Rate, backends.Bytes: byteText}
	var out []course
	for _, f := range figures {
		out = append(out, course{ui.Clean(f.Name), func(p point) float64 {
			if v, known := p.named[f.Name]; known {
				return v
			}
			return math.NaN()
		}, text[f.Unit]})
	}
	return out
}

func byteText(v float64) string { return ui.Bytes(int64(v)) }

func countText(v float64) string { return ui.Count(int64(v)) }

// trendLines draws each figure with its course.
func (s *Screen) trendLines(w int) []string {
	t := s.deps.Theme
	if len(s.trends.points) == 0 {
		err := s.details.Last.Err
		if s.details.Feed == nil {
			err = s.report.Last.Err
		}
		if err != nil {
			return s.refusal(err, w)
		}
		return []string{t.Dim.Paint(" waiting for the first answer")}
	}
	width := min(max(w-26, 4), trendLength)
	var lines []string
	for _, c := range s.courses() {
		value := views.Unknown
		if v := c.figure(s.trends.last); !math.IsNaN(v) {
			value = c.text(v)
		}
		lines = append(lines, " "+ui.Fit(c.name, 11)+" "+ui.FitLeft(value, 11)+" "+t.Live.Paint(ui.Sparkline(s.trends.series(c.figure, width), width)))
	}
	first := s.trends.points[0].at
	return append(lines, t.Dim.Paint(" since "+first.Local().Format("15:04:05")+", "+views.Things(backends.ExactCount(int64(len(s.trends.points))), "reading", "readings")))
}
