package traces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// backlinksMax bounds the backlinks shown.
const backlinksMax = 100

// detail is everything about one span, line by line. Lines that lead somewhere are followed with Enter.
type detail struct {
	deps     *views.Deps
	span     spans.Span
	times    []string
	lines    []fact
	at, page int
}

// fact is one line of a detail.
type fact struct {
	name, value string
	heading     bool
	// doubtful says that the value is a warning; there is no name.
	doubtful bool
	// follow goes where the line leads; nil when it leads nowhere.
	follow func()
}

func newDetail(d *views.Deps, s spans.Span, sh *shape, i int) *detail {
	p := &detail{deps: d, span: s, times: timesOf(d.Theme, &s, sh, i)}
	if percent, of := d.Spans.Rank(s); of > 1 {
		p.times = append(p.times, fmt.Sprintf("not faster than %.0f%% of %s", percent, views.Things(backends.ExactCount(int64(of)), "span like it", "spans like it")))
	}
	if doubt := sh.doubt(&s, i); doubt != "" {
		p.times = append(p.times, d.Theme.Warn.Paint(doubt))
	}
	p.attributes()
	p.events()
	p.links()
	p.more()
	p.at = max(slices.IndexFunc(p.lines, func(f fact) bool { return !f.heading }), 0)
	return p
}

func (p *detail) add(name, value string, follow func()) {
	p.lines = append(p.lines, fact{name: name, value: value, follow: follow})
}

func (p *detail) head(text string) { p.lines = append(p.lines, fact{name: text, heading: true}) }

// attributes are the span's own, those that name a place or a message leading there.
func (p *detail) attributes() {
	if len(p.span.Attributes) == 0 {
		return
	}
	p.head("Attributes")
	for _, a := range p.span.Attributes {
		var follow func()
		if target, ok := targetOf(&p.span, a.Key); ok {
			follow = func() { p.deps.Nav.OpenTarget(target) }
		}
		p.add(a.Key, a.Value, follow)
	}
}

func (p *detail) events() {
	if len(p.span.Events) == 0 {
		return
	}
	p.head("Events")
	for _, e := range p.span.Events {
		p.add(e.Name, ui.Duration(e.Time.Sub(p.span.Start))+" in", nil)
		for _, a := range e.Attributes {
			p.add("  "+a.Key, a.Value, nil)
		}
	}
}

// links are the spans that this one names, and those that name it: from a producer its consumers.
func (p *detail) links() {
	if len(p.span.Links) > 0 {
		p.head("Links")
	}
	for _, l := range p.span.Links {
		p.link(l)
		for _, a := range l.Attributes {
			p.add("  "+a.Key, a.Value, nil)
		}
	}
	back := p.deps.Spans.Backlinks(p.span.TraceID, p.span.ID)
	if len(back) > 0 {
		p.head("Linked from")
	}
	for i := range back[:min(len(back), backlinksMax)] {
		b := &back[i]
		p.add("← "+headOf(b), waited(&p.span, b), p.to(b.TraceID, b.ID))
		p.doubt(untimely(&p.span, b))
	}
	if more := len(back) - backlinksMax; more > 0 {
		p.add("…", views.Exactly(uint64(more))+" more", nil)
	}
}

// link adds what a link leads to.
func (p *detail) link(l spans.Link) {
	s, ok := p.deps.Spans.Find(l.TraceID, l.SpanID)
	if !ok {
		p.add("→ trace "+l.TraceID+" span "+l.SpanID+" (not here)", "", p.to(l.TraceID, l.SpanID))
		return
	}
	p.add("→ "+headOf(&s), waited(&s, &p.span), p.to(l.TraceID, l.SpanID))
	p.doubt(untimely(&s, &p.span))
}

// doubt adds a warning below the line that it is about, as that may be long.
func (p *detail) doubt(text string) {
	if text != "" {
		p.lines = append(p.lines, fact{value: text, doubtful: true})
	}
}

// untimely words how the times of a span contradict its link to another one: what it links to was there before it
// ended, and the message of one that took a single message before it began. It is "" where they do not.
func untimely(linked, by *spans.Span) string {
	text, since := "ended %s before what it links to began", by.Start.Add(by.Duration)
	if _, batch := by.Attribute("messaging.batch.message_count"); !batch && by.Kind == "consumer" && len(by.Links) == 1 && sends(linked) {
		text, since = "began %s before its message was sent", by.Start
	}
	if ahead := linked.Start.Sub(since); ahead > 0 {
		return fmt.Sprintf(text, ui.Duration(ahead)) + ": their clocks may differ"
	}
	return ""
}

// waited words how long a message lay in queue between the span that sent it and the one that took it.
func waited(sent, took *spans.Span) string {
	if gap := took.Start.Sub(sent.Start.Add(sent.Duration)); sends(sent) && takes(took) && gap > 0 {
		return "in queue " + ui.Duration(gap)
	}
	return ""
}

func (p *detail) to(traceID, spanID string) func() {
	return func() { p.deps.Nav.OpenTrace(refOf(traceID, spanID)) }
}

// more is where the span is from.
func (p *detail) more() {
	p.head("Span")
	p.add("trace id", p.span.TraceID, p.to(p.span.TraceID, p.span.ID))
	p.add("span id", p.span.ID, nil)
	if _, here := p.deps.Spans.Find(p.span.TraceID, p.span.Parent); here {
		p.add("parent", p.span.Parent, p.to(p.span.TraceID, p.span.Parent))
	} else if p.span.Parent != "" {
		p.add("parent", p.span.Parent+" (not here)", nil)
	}
	p.add("began", p.span.Start.Local().Format("2006-01-02 15:04:05.000000000"), nil)
	p.add("scope", strings.TrimSpace(p.span.Scope+" "+p.span.ScopeVersion), nil)
	p.head("Resource")
	for _, a := range p.span.Resource {
		p.add(a.Key, a.Value, nil)
	}
}

// targetOf is what an attribute of a span names on a server, false when it names nothing there.
func targetOf(s *spans.Span, key string) (views.SpanTarget, bool) {
	get := func(name string) string { v, _ := s.Attribute(name); return v }
	t := views.SpanTarget{System: cmp.Or(get("messaging.system"), get("db.system.name")), Address: get("server.address")}
	if port := get("server.port"); port != "" && t.Address != "" {
		t.Address += ":" + port
	}
	destination := get("messaging.destination.name")
	is := func(name string) bool { return slices.Contains(spans.Aliases(name), key) }
	switch {
	case is("messaging.message.id"):
		t.Message = get("messaging.message.id")
	case is("messaging.destination.name"), is("messaging.consumer.group.name"), is("messaging.rabbitmq.destination.routing_key"):
	case is("bustop.redis.key"):
		return onKey(t, get("bustop.redis.key"))
	case is("db.query.text") && t.System == "redis":
		return onKey(t, keyOf(get("db.query.text")))
	default:
		return t, false
	}
	t.Names = names(destination, get("messaging.rabbitmq.destination.routing_key"))
	return t, len(t.Names) > 0
}

// onKey is a target that is a key of Redis, false when it has no name.
func onKey(t views.SpanTarget, key string) (views.SpanTarget, bool) {
	t.System, t.Names, t.Key = cmp.Or(t.System, "redis"), []string{key}, true
	return t, key != ""
}

// names are what a destination may be called on the server. The conventions write "exchange:key:queue" for
// RabbitMQ, each part of which may be missing; older libraries the exchange or the queue alone.
func names(destination, key string) []string {
	var list []string
	add := func(name string) {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	add(destination)
	parts := strings.Split(destination, ":")
	for _, part := range slices.Backward(parts) {
		add(part)
	}
	add(key)
	return list
}

// Title implements views.Screen.
func (p *detail) Title() string { return "span " + ui.Clean(p.span.Name) }

// Sync implements views.Screen: it shows the span as it was when it was opened.
func (p *detail) Sync(time.Time) bool { return false }

// Render implements views.Screen.
func (p *detail) Render(w, h int) []string {
	t := p.deps.Theme
	lines := []string{t.Header.Line(" "+headOf(&p.span), w)}
	for _, l := range views.Flow(t, w-2, 2, p.times...) {
		lines = append(lines, ui.Fit("  "+l, w))
	}
	if failed(&p.span) {
		lines = append(lines, ui.Fit("  "+t.Bad.Paint("failed: "+ui.Clean(p.span.StatusText)), w))
	}
	p.page = max(h-len(lines), 1)
	from := min(max(p.at-p.page/2, 0), max(len(p.lines)-p.page, 0))
	for i := from; i < min(from+p.page, len(p.lines)); i++ {
		lines = append(lines, p.line(i, w))
	}
	return ui.Pad(lines, w, h)
}

func (p *detail) line(i, w int) string {
	t, f := p.deps.Theme, p.lines[i]
	if f.heading {
		return ui.Fit(" "+t.Title.Paint(f.name), w)
	}
	tail := ""
	if f.follow != nil {
		tail = " ⏎"
	}
	name, value := ui.Clean(f.name), ui.Clean(f.value)
	if f.doubtful {
		if i == p.at {
			return t.Selected.Line("▌    "+value, w)
		}
		return ui.Fit("     "+t.Warn.Paint(value), w)
	}
	if i == p.at {
		return t.Selected.Line("▌  "+name+" "+value+tail, w)
	}
	return ui.Fit("   "+t.Key.Paint(name)+" "+value+t.Accent.Paint(tail), w)
}

// move steps over headings.
func (p *detail) move(by int) {
	at := min(max(p.at+by, 0), len(p.lines)-1)
	step := 1
	if by < 0 {
		step = -1
	}
	for at >= 0 && at < len(p.lines) && p.lines[at].heading {
		at += step
	}
	if at >= 0 && at < len(p.lines) {
		p.at = at
	}
}

func (p *detail) follow() { p.lines[p.at].follow() }

func (p *detail) leadsNowhere() string {
	if p.lines[p.at].follow == nil {
		return "this line leads nowhere; those with ⏎ do"
	}
	return ""
}

// Bindings implements views.Screen.
func (p *detail) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "follow to the span, message or place", Hint: "follow", Category: "Span", Do: views.Do(p.follow), Disabled: p.leadsNowhere},
		{Keys: []string{"n"}, Help: "next line that leads somewhere", Hint: "next link", Category: "Span", Do: views.Do(p.nextLink)},
		{Keys: []string{"e"}, Help: "export the trace as OTLP/JSON to a file here", Hint: "export", Category: "Span", Do: func() tea.Cmd { return export(p.deps, p.span.TraceID) }},
		{Keys: []string{"y"}, Help: "copy the value", Hint: "copy", Category: "Span", Do: views.Do(func() { p.deps.Nav.Copy(ui.CleanPlain(p.lines[p.at].value)) })},
	}
	return append(bs, views.Moves(p.move, func(by int) { p.move(by * max(p.page-1, 1)) },
		func() { p.move(-len(p.lines)) }, func() { p.move(len(p.lines)) })...)
}

func (p *detail) nextLink() {
	for n := range p.lines {
		if at := (p.at + 1 + n) % len(p.lines); p.lines[at].follow != nil {
			p.at = at
			return
		}
	}
}

// Capturing implements views.Screen.
func (p *detail) Capturing() bool { return false }

// Type implements views.Screen.
func (p *detail) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (p *detail) Close() {}

var _ views.Screen = (*detail)(nil)
