package queues

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

const (
	// spacious is from how many cells and lines on all parts are shown together.
	spacious, spaciousLines = 150, 32
	// leastTable is the least height of a table that is worth it.
	leastTable = 4
)

// facts are the lines above the parts: figures, what kind of queue it is, and what is wrong with it.
func (a *about) facts(w, h int) []string {
	t, d := a.deps.Theme, a.last.Value
	most := 1
	if h >= roomy {
		most = 3
	}
	lines := views.Flow(t, w-2, most,
		t.Bold.Paint(views.Count(d.Ready))+" ready", views.Count(d.Unacked)+" unacked", views.Things(d.Consumers, "consumer", "consumers"),
		a.asOf(), "in "+views.Rate(d.InRate), "done "+views.Rate(d.AckRate), "net "+views.SignedRate(d.NetRate), drainWords(d.Drain),
	)
	lines = append(lines, views.Flow(t, w-2, most, a.nature()...)...)
	for i, l := range lines {
		lines[i] = ui.Fit(" "+l, w)
	}
	for _, v := range verdict(d, a.now) {
		for _, l := range ui.CleanText(v.text, max(w-4, 10), 3) {
			style := t.Warn
			if v.fine {
				style = t.Good
			}
			lines = append(lines, ui.Fit("  "+style.Paint(l), w))
		}
	}
	return lines
}

// nature is what kind of queue it is and where.
func (a *about) nature() []string {
	t, d := a.deps.Theme, a.last.Value
	out := []string{t.Dim.Paint(strings.Join(append([]string{kind(d.Queue)}, d.Traits...), ", "))}
	if d.State != "" {
		out[0] = t.Bad.Paint(ui.Clean(d.State)) + " " + t.Dim.Paint(ui.Clean(d.Type))
	}
	if !d.HeadTime.IsZero() {
		out = append(out, "oldest "+views.Ago(d.HeadTime, a.now))
	} else if d.HeadWhy != "" && d.Ready.Value > 0 {
		out = append(out, "oldest – ("+ui.Clean(d.HeadWhy)+")")
	}
	if d.Capacity.Known() {
		out = append(out, "capacity "+strconv.Itoa(int(100*d.Capacity.Value))+" %")
	}
	if d.RedeliverRate.Value > 0 {
		out = append(out, "redelivered "+views.Rate(d.RedeliverRate))
	}
	if d.Bytes.Known() {
		out = append(out, views.Bytes(d.Bytes)+" of bodies")
	}
	if d.Memory.Known() {
		out = append(out, views.Bytes(d.Memory)+" of memory")
	}
	return append(out, a.places()...)
}

// places are the nodes that the queue is on.
func (a *about) places() []string {
	t, d := a.deps.Theme, a.last.Value
	if d.Leader == "" && len(d.Members) == 0 {
		return nil
	}
	if len(d.Members) == 0 {
		return []string{"on " + ui.Clean(d.Leader)}
	}
	online := 0
	var away []string
	for _, m := range d.Members {
		if m.Online {
			online++
		} else {
			away = append(away, ui.Clean(m.Node))
		}
	}
	text := "leader " + ui.Clean(d.Leader) + ", " + strconv.Itoa(online) + " of " + strconv.Itoa(len(d.Members)) + " members online"
	if len(away) > 0 {
		return []string{t.Bad.Paint(text + ", away: " + strings.Join(away, ", "))}
	}
	return []string{text}
}

func drainWords(d backends.Drain) string {
	switch d.Outlook {
	case backends.Draining:
		return "empty in " + views.Span(d.In)
	case backends.NeverDrained:
		return "never empty at this rate"
	case backends.Drained, backends.OutlookUnknown:
	}
	return ""
}

// saying is one sentence of a verdict.
type saying struct {
	text string
	fine bool
}

// verdict answers what is wrong, since when, and whether it is only this queue.
func verdict(d backends.QueueDetail, now time.Time) []saying {
	var out []saying
	if what := wrong(d); what != "" {
		out = append(out, saying{text: what + since(d, now)})
	}
	switch {
	case d.Sharing == 0:
	case len(d.Company) > 0:
		out = append(out, saying{text: "Not only this queue: " + strconv.Itoa(len(d.Company)) + " of " + strconv.Itoa(d.Compared) +
			" others that share a consumer's connection or the policy " + hasHave(len(d.Company)) + " trouble too."})
	case d.Compared == d.Sharing && len(out) > 0:
		out = append(out, saying{text: "Only this queue: of " + strconv.Itoa(d.Sharing) + " that share a consumer's connection or the policy none else has trouble.", fine: true})
	case len(out) > 0:
		out = append(out, saying{text: "Of " + strconv.Itoa(d.Sharing) + " queues that share something " + strconv.Itoa(d.Compared) + " have been looked at so far, without trouble.", fine: true})
	}
	return out
}

func hasHave(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

// wrong says why messages wait, "" when there is nothing to say.
func wrong(d backends.QueueDetail) string {
	if !d.Ready.Known() || d.Ready.Value == 0 {
		return ""
	}
	idle := !d.AckRate.Known() || d.AckRate.Value == 0
	switch {
	case d.Consumers.Known() && d.Consumers.Value == 0:
		return "Nobody reads it"
	case !idle && d.Drain.Outlook == backends.NeverDrained:
		return "More comes than is done with"
	case !idle || d.Blind:
		return ""
	}
	return why(d.Readers)
}

// why says what keeps the readers of a queue from working. A connection that is only blocking, as it has not
// published since the alarm, still acknowledges.
func why(readers []backends.QueueReader) string {
	active, held := 0, 0
	var blocked, holders []string
	add := func(names *[]string, r backends.QueueReader) {
		if name := shortName(clientOf(r)); !slices.Contains(*names, name) {
			*names = append(*names, name)
		}
	}
	for _, r := range readers {
		if r.Active {
			active++
		}
		if r.State == "blocked" {
			add(&blocked, r)
		}
		if full(r) {
			held++
			add(&holders, r)
		}
	}
	slices.Sort(blocked) // servers list readers in no order
	slices.Sort(holders)
	switch {
	case len(blocked) == 1:
		return "The connection of " + blocked[0] + " is blocked by the server, and nothing is done"
	case len(blocked) > 1:
		return "The connections of " + joined(blocked) + " are blocked by the server, and nothing is done"
	case active > 0 && held >= active && len(holders) == 1:
		return holders[0] + " holds as many messages as it may and acknowledges none"
	case active > 0 && held >= active:
		return joined(holders) + " hold as many messages as they may and acknowledge none"
	case len(readers) > 0 && active == 0:
		return "All its consumers wait for their turn, and nothing is done"
	}
	return "There are consumers, and nothing is done"
}

// shortName is a name that leaves room for a sentence.
func shortName(name string) string {
	const most = 20
	if name = ui.CleanPlain(name); ui.Width(name) > most {
		return strings.TrimSpace(ui.Fit(name, most))
	}
	return name
}

// joined names the first two of several, and how many more there are.
func joined(names []string) string {
	if len(names) > 2 {
		return names[0] + ", " + names[1] + " and " + strconv.Itoa(len(names)-2) + " more"
	}
	return strings.Join(names, " and ")
}

// since says since when nothing was done with and since when messages wait.
func since(d backends.QueueDetail, now time.Time) string {
	var parts []string
	for _, o := range []struct {
		onset              backends.Onset
		since, never, ever string
	}{
		{d.Still, "nothing done since ", "nothing done for more than ", "nothing done since the server began to count"},
		{d.Filled, "not empty since ", "not empty for more than ", ""},
	} {
		switch {
		case o.onset.Ever:
			parts = append(parts, o.ever)
		case o.onset.At.IsZero():
		case o.onset.Before:
			parts = append(parts, o.never+views.Ago(o.onset.At, now))
		default:
			parts = append(parts, o.since+o.onset.At.Local().Format("15:04")+" ("+views.Ago(o.onset.At, now)+")")
		}
	}
	if len(parts) == 0 {
		return "."
	}
	return ": " + strings.Join(parts, ", ") + "."
}

// bar names the parts, the present one marked.
func (a *about) bar(w int) string {
	t := a.deps.Theme
	var names []string
	for p := range parts {
		name := " " + a.tally(p) + " "
		switch {
		case p == a.part:
			name = t.Selected.Paint(name)
		case p == partOthers && len(a.last.Value.Company) > 0:
			name = t.Warn.Paint(name)
		default:
			name = t.Dim.Paint(name)
		}
		names = append(names, name)
	}
	return ui.Fit(" "+strings.Join(names, " "), w)
}

// body draws the present part.
func (a *about) body(w, h int) []string {
	switch a.part {
	case partSettings:
		return a.scrolled(a.settingLines(w), h)
	case partOthers:
		return a.otherLines(w, h)
	case partReaders, partMessages, parts:
	}
	return a.readerLines(w, h)
}

// settingLines are the settings, each with its source.
func (a *about) settingLines(w int) []string {
	t, d := a.deps.Theme, a.last.Value
	if d.Blind {
		return a.blindLines(w)
	}
	if len(d.Settings) == 0 {
		return []string{"", "  " + t.Dim.Paint("neither arguments nor policies")}
	}
	lines := []string{""}
	source := ""
	for _, s := range d.Settings {
		if s.Source != source {
			source = s.Source
			lines = append(lines, ui.Fit(" "+t.Header.Paint(ui.Clean(source)), w))
		}
		name := ui.Fit("  "+ui.Clean(s.Name), min(32, w/3))
		for i, l := range ui.CleanText(s.Meaning, max(w-ui.Width(name)-2, 10), 3) {
			if i > 0 {
				name = ui.Fit("", ui.Width(name))
			}
			lines = append(lines, ui.Fit(t.Dim.Paint(name)+" "+l, w))
		}
	}
	return lines
}

// otherLines are the other queues in trouble.
func (a *about) otherLines(w, h int) []string {
	t, d := a.deps.Theme, a.last.Value
	if d.Blind {
		return a.blindLines(w)
	}
	if d.Sharing == 0 {
		return []string{"", "  " + t.Dim.Paint("no other queue shares a consumer's connection or the policy")}
	}
	about := "compared " + strconv.Itoa(d.Compared) + " of " + strconv.Itoa(d.Sharing) + " queues that share a consumer's connection or the policy"
	lines := []string{ui.Fit(" "+t.Dim.Paint(about), w)}
	if len(d.Company) == 0 {
		return append(lines, "", "  "+t.Dim.Paint("none of them is in trouble"))
	}
	return append(lines, a.others.Render(t, w, max(min(len(d.Company)+1, h-1), 1), true)...)
}

// scrolled cuts lines to those in sight.
func (a *about) scrolled(lines []string, h int) []string {
	a.room = max(len(lines)-h, 0)
	a.top = min(a.top, a.room)
	return lines[a.top:min(a.top+h, len(lines))]
}

// together draws all parts but the messages, for large screens.
func (a *about) together(w, h int) []string {
	t := a.deps.Theme
	const besides = 8 // lines beside the rows: the frame, the head, and what is told of the marked one
	upper := min(len(a.last.Value.Readers)+len(a.last.Value.Notes)+besides, max(h/2, leastTable+2))
	lines := ui.Box(t, a.tally(partReaders), a.readerLines(w-2, upper-2), w, upper, a.part == partReaders)
	lower, left := min(h-upper, max(len(a.last.Value.Settings)+len(a.last.Value.Company)+besides, h/3)), w/2
	settings := ui.Box(t, a.tally(partSettings), a.scrolledIf(partSettings, a.settingLines(left-2), lower-2), left, lower, a.part == partSettings)
	others := ui.Box(t, a.tally(partOthers), a.otherLines(w-left-2, lower-2), w-left, lower, a.part == partOthers)
	return append(lines, ui.Zip(settings, others, 0)...)
}

// scrolledIf scrolls the lines of the present part and cuts those of another.
func (a *about) scrolledIf(p part, lines []string, h int) []string {
	if p == a.part {
		return a.scrolled(lines, h)
	}
	return lines[:min(len(lines), max(h, 0))]
}
