package queues

import (
	"fmt"
	"strings"
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// Render implements views.Screen: figures, the states, the jobs of one of them.
func (j *jobs) Render(w, h int) []string {
	t := j.deps.Theme
	most := 1
	if h >= roomy {
		most = 2
	}
	lines := views.Flow(t, w-1, most, j.figures()...)
	lines = append(lines, j.tabs(w-1)...)
	lines = append(lines, j.about())
	for i, l := range lines {
		lines[i] = ui.Fit(" "+l, w)
	}
	if !j.gone.IsZero() {
		lines = append(lines, ui.Fit(t.Bad.Paint(" not there since "+j.gone.Local().Format("15:04:05")+"; these are its last figures"), w))
	}
	if j.failure != nil {
		lines = append(lines, views.ErrorLines(t, j.failure, w)...)
	}
	switch shown, all := j.table.Len(); {
	case shown > 0:
		lines = append(lines, j.table.Render(t, w, max(h-len(lines), 0), true)...)
	case j.read.IsZero() && j.failure == nil:
		lines = append(lines, "", t.Dim.Paint("  reading …"))
	case all > 0:
		lines = append(lines, "", t.Dim.Paint("  no job matches the filter"))
	case j.failure == nil:
		lines = append(lines, "", t.Dim.Paint("  no jobs "+ui.Clean(j.state)))
	}
	return ui.Pad(lines, w, h)
}

func (j *jobs) figures() []string {
	t, v := j.deps.Theme, j.item.Value
	parts := []string{t.Accent.Paint(ui.Clean(v.Framework))}
	if v.State != "" {
		parts = append(parts, t.Warn.Paint(ui.Clean(v.State)))
	}
	if v.Ready.Known() {
		parts = append(parts, t.Bold.Paint(views.Count(v.Ready))+" ready", views.Count(v.Unacked)+" in work")
	}
	if v.Consumers.Known() {
		parts = append(parts, nobody(t, v)+" "+workers(v.Consumers))
	}
	if !v.HeadTime.IsZero() {
		parts = append(parts, "oldest "+views.Ago(v.HeadTime, j.now))
	}
	for _, r := range []struct {
		word string
		rate backends.Rate
	}{{"in", v.InRate}, {"out", v.OutRate}} {
		if r.rate.Known() {
			parts = append(parts, r.word+" "+views.Rate(r.rate))
		}
	}
	return append(parts, "net "+views.SignedRate(v.NetRate))
}

func workers(n backends.Count) string {
	if n == backends.ExactCount(1) {
		return "worker"
	}
	return "workers"
}

// tabs are the states with their counts, the chosen one in brackets.
func (j *jobs) tabs(w int) []string {
	t := j.deps.Theme
	var parts []string
	for _, s := range j.item.Value.States {
		text := ui.Clean(s.Name) + " " + views.Count(s.Count)
		switch {
		case s.Name == j.state:
			text = t.Bold.Paint("[" + text + "]")
		case s.Count.Value == 0 && s.Count.Known():
			text = t.Dim.Paint(text)
		case failing(s.Name):
			text = t.Bad.Paint(text)
		}
		parts = append(parts, text)
	}
	return views.Flow(t, w, 2, parts...)
}

// failing are the words for jobs that somebody has to look after.
func failing(state string) bool {
	return strings.Contains("failed dead archived retry", state)
}

// about says which jobs are shown, since when, and what most of them are.
func (j *jobs) about() string {
	t := j.deps.Theme
	if j.filter.Editing() {
		return j.filter.Render(t, 60)
	}
	if j.read.IsZero() {
		return ""
	}
	text := fmt.Sprintf("%d of %s", len(j.page.Jobs), views.Count(j.page.Total))
	if j.offset > 0 {
		text = fmt.Sprintf("%d–%d of %s", j.offset+1, j.offset+len(j.page.Jobs), views.Count(j.page.Total))
	}
	parts := []string{text + " as of " + j.read.Local().Format(time.TimeOnly)}
	if top := topName(j.page.Jobs); top != "" {
		parts = append(parts, top)
	}
	if !j.filter.Empty() {
		shown, _ := j.table.Len()
		parts = append(parts, t.Accent.Paint(fmt.Sprintf("/%s %d", ui.Clean(j.filter.Value()), shown)))
	}
	return t.Dim.Paint(strings.Join(parts, " · "))
}

// topName is the class that most of the jobs read are of, with its share of them.
func topName(msgs []backends.Message) string {
	count, most := map[string]int{}, ""
	for _, m := range msgs {
		name := m.Header(backends.JobName)
		if name == "" {
			continue
		}
		count[name]++
		if most == "" || count[name] > count[most] || count[name] == count[most] && name < most {
			most = name
		}
	}
	if most == "" || len(msgs) < 2 {
		return ""
	}
	return fmt.Sprintf("of these %s %d%%", ui.Clean(most), 100*count[most]/len(msgs))
}

// summary is a queue's row in a few words: the states that have any jobs, and how old the oldest
// waiting one is.
func summary(q backends.Queue, at time.Time) string {
	var states []string
	if q.State != "" && q.Framework != "" {
		states = append(states, ui.Clean(q.State))
	}
	for _, s := range q.States {
		if s.Count.Known() && s.Count.Value > 0 {
			states = append(states, views.Count(s.Count)+" "+ui.Clean(s.Name))
		}
	}
	text := strings.Join(states, " · ")
	if !q.HeadTime.IsZero() {
		text = strings.TrimPrefix(text+", oldest "+views.Ago(q.HeadTime, at), ", ")
	}
	return text
}
