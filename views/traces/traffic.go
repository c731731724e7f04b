package traces

import (
	"net"
	"strings"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// trafficHeight is from how many lines on there is room for what comes and goes.
const trafficHeight = 10

// traffic tells in one line which spans come from other programs and where this program's own go; what is
// wrong first, as a narrow screen cuts the end.
func (p *Pane) traffic(w int) string {
	t, now := p.deps.Theme, p.deps.Traffic()
	in, out := p.incoming(now), p.outgoing(now)
	if now.Failing || now.Unsent > 0 {
		in, out = out, in
	}
	return ui.Fit(" "+in+t.Dim.Paint(" │ ")+out, w)
}

// incoming tells what the receiver took.
func (p *Pane) incoming(now spans.Traffic) string {
	t := p.deps.Theme
	var parts []string
	switch {
	case len(now.Listening) == 0 && now.Accepted == 0:
		return t.Dim.Paint("not receiving (--otlp)")
	case len(now.Listening) == 0:
		parts = append(parts, t.Dim.Paint("from the demo"))
	default:
		parts = append(parts, t.Good.Paint("OTLP ")+t.Dim.Paint(addresses(now.Listening)))
	}
	if now.Open {
		parts = append([]string{t.Bad.Paint("open to the network, token")}, parts...)
	}
	parts = append(parts, things(now.Accepted, "span", "spans")+" accepted")
	if now.Refused > 0 {
		parts = append(parts, t.Bad.Paint(things(now.Refused, "request", "requests")+" refused"))
	}
	parts = counted(parts, t.Bad, now.Dropped, "dropped, too fast")
	parts = counted(parts, t.Warn, now.Rejected, "without ids")
	parts = counted(parts, t.Dim, now.Own, "our own")
	return strings.Join(parts, t.Dim.Paint(" · "))
}

// outgoing tells what the export did.
func (p *Pane) outgoing(now spans.Traffic) string {
	t := p.deps.Theme
	if now.Endpoint == "" {
		return t.Dim.Paint("not exported")
	}
	parts := []string{t.Good.Paint("to ") + t.Dim.Paint(ui.Clean(now.Endpoint)), things(now.Sent, "span", "spans") + " sent"}
	parts = counted(parts, t.Bad, now.Unsent, "dropped, queue full")
	if now.Failure != "" {
		style := t.Warn
		if now.Failing || now.Unsent > 0 {
			style = t.Bad
		}
		parts = append(parts, style.Paint(views.Exactly(now.Failed)+" failed, last "+views.Ago(now.FailedAt, p.now)+" ago: "+ui.CleanPlain(now.Failure)))
	}
	return strings.Join(parts, t.Dim.Paint(" · "))
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
