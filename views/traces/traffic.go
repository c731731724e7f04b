package traces

import (
	"net"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// trafficHeight is from how many lines on there is room for what comes and goes.
const trafficHeight = 10

// way is what is told of the spans that come or of those that go: what is well and what is wrong.
type way struct {
	name        string // for a line that has no room for what is well
	well, wrong []string
}

func (y way) text(between string) string {
	return strings.Join(slices.Concat(y.well, y.wrong), between)
}

// traffic tells in one line which spans come from other programs and where this program's own go. Where there is
// no room for all of it, what is wrong stands before what is well.
func (p *Pane) traffic(w int) string {
	t, now := p.deps.Theme, p.deps.Traffic()
	ways := []way{p.incoming(now), p.outgoing(now)}
	if now.Failing || now.Unsent > 0 {
		slices.Reverse(ways)
	}
	dot, bar := t.Dim.Paint(" · "), t.Dim.Paint(" │ ")
	line := " " + ways[0].text(dot) + bar + ways[1].text(dot)
	if ui.Width(line) <= w || len(ways[0].wrong)+len(ways[1].wrong) == 0 {
		return ui.Fit(line, w)
	}
	var short, rest []string
	for _, y := range ways {
		if len(y.wrong) > 0 {
			short = append(short, t.Dim.Paint(y.name+" ")+strings.Join(y.wrong, dot))
		}
		rest = append(rest, strings.Join(y.well, dot))
	}
	return ui.Fit(" "+strings.Join(append(short, rest...), bar), w)
}

// incoming tells what the receiver took.
func (p *Pane) incoming(now spans.Traffic) way {
	t, y := p.deps.Theme, way{name: "receiver"}
	switch {
	case len(now.Listening) == 0 && now.Accepted == 0:
		y.well = []string{t.Dim.Paint("not receiving (--otlp)")}
		return y
	case len(now.Listening) == 0:
		y.well = append(y.well, t.Dim.Paint("from the demo"))
	default:
		y.well = append(y.well, t.Good.Paint("OTLP ")+t.Dim.Paint(addresses(now.Listening)))
	}
	if now.Open {
		y.well = append([]string{t.Bad.Paint("open to the network, token")}, y.well...)
	}
	y.well = append(y.well, things(now.Accepted, "span", "spans")+" accepted")
	y.well = counted(y.well, t.Dim, now.Own, "our own")
	if now.Refused > 0 {
		y.wrong = append(y.wrong, t.Bad.Paint(things(now.Refused, "request", "requests")+" refused"))
	}
	y.wrong = counted(y.wrong, t.Bad, now.Dropped, "dropped, too fast")
	y.wrong = counted(y.wrong, t.Warn, now.Rejected, "without ids")
	return y
}

// outgoing tells what the export did.
func (p *Pane) outgoing(now spans.Traffic) way {
	t, y := p.deps.Theme, way{name: "export"}
	if now.Endpoint == "" {
		y.well = []string{t.Dim.Paint("not exported")}
		return y
	}
	y.well = []string{t.Good.Paint("to ") + t.Dim.Paint(ui.Clean(now.Endpoint)), things(now.Sent, "span", "spans") + " sent"}
	y.wrong = counted(y.wrong, t.Bad, now.Unsent, "dropped, queue full")
	if now.Failure != "" {
		style := t.Warn
		if now.Failing || now.Unsent > 0 {
			style = t.Bad
		}
		y.wrong = append(y.wrong, style.Paint(views.Exactly(now.Failed)+" failed, last "+views.Ago(now.FailedAt, p.now)+" ago: "+ui.CleanPlain(now.Failure)))
	}
	return y
}

// counted adds a count of spans that is not zero.
func counted(parts []string, style ui.Style, n uint64, what string) []string {
	if n == 0 {
		return parts
	}
	return append(parts, style.Paint(ui.Count(int64(n))+" "+what))
}

func things(n uint64, one, many string) string {
	return views.Things(backends.ExactCount(int64(n)), one, many)
}

// addresses are host:port each, a host that is that of the one before left out.
func addresses(list []string) string {
	var b strings.Builder
	before := ""
	for i, address := range list {
		host, port, err := net.SplitHostPort(address)
		if err == nil && i > 0 && host == before {
			address = ":" + port
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(ui.Clean(address))
		before = host
	}
	return b.String()
}
