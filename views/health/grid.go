package health

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// head is a column of a grid. One of width 0 takes what is left.
type head struct {
	title string
	width int
	right bool
}

// grid draws rows under titles. Cells are clean and may hold styles.
func grid(t *ui.Theme, w int, heads []head, rows [][]string) []string {
	spare := w - 1
	for _, h := range heads {
		spare -= h.width + 1
	}
	line := func(cells func(i int) string) string {
		var b strings.Builder
		b.WriteByte(' ')
		for i, h := range heads {
			width := h.width
			if width == 0 {
				width = max(spare, 8)
			}
			if h.right {
				b.WriteString(ui.FitLeft(cells(i), width))
			} else {
				b.WriteString(ui.Fit(cells(i), width))
			}
			b.WriteByte(' ')
		}
		return b.String()
	}
	out := []string{t.Header.Line(line(func(i int) string { return heads[i].title }), w)}
	for _, row := range rows {
		out = append(out, ui.Fit(line(func(i int) string { return row[i] }), w))
	}
	return out
}

// pair is a line "name  value", blank when there is no value.
func (s *Screen) pair(name, value string) string {
	return " " + s.deps.Theme.Dim.Paint(ui.Fit(name, 18)) + " " + value
}

// refusal says in dim lines why a section is not shown, which right is missing among others.
func (s *Screen) refusal(err error, w int) []string {
	t := s.deps.Theme
	lines := []string{""}
	for _, l := range ui.CleanText("not shown: "+views.ErrorText(err), max(w-4, 10), 4) {
		lines = append(lines, "  "+t.Dim.Paint(l))
	}
	return lines
}

// told draws what a feed has brought: that it is awaited, why it is refused, or the answer. An answer stays,
// dimmed and dated, when a later one fails.
func told[T any](s *Screen, from *views.Watch[T], draw func(T, int) []string) func(int) []string {
	return func(w int) []string {
		return s.answer(from.Last.At, from.Last.Err, w, func() []string { return draw(from.Last.Value, w) })
	}
}

// answer is what told draws of an answer that came at a moment, and of the error of a later one.
func (s *Screen) answer(at time.Time, err error, w int, draw func() []string) []string {
	t := s.deps.Theme
	switch {
	case at.IsZero() && err != nil:
		return s.refusal(err, w)
	case at.IsZero():
		return []string{"", t.Dim.Paint("  waiting for the first answer")}
	case err == nil:
		return draw()
	}
	lines := ui.CleanText("as it was "+views.Ago(at, s.now)+" ago: "+views.ErrorText(err), max(w-2, 10), 2)
	for i, l := range lines {
		lines[i] = " " + t.Warn.Paint(l)
	}
	for _, l := range draw() {
		lines = append(lines, t.Dim.Paint(ansi.Strip(l)))
	}
	return lines
}

// ofServers draws what each server told, under its name where there are several.
func ofServers[T any](s *Screen, snap backends.Snapshot[[]backends.OfServer[T]], w int, draw func(T, int) []string) []string {
	return s.answer(snap.At, snap.Err, w, func() []string {
		var lines []string
		for _, one := range snap.Value {
			if len(snap.Value) > 1 {
				lines = append(lines, " "+s.deps.Theme.Accent.Paint(ui.Clean(one.Server)))
			}
			if one.Err != nil {
				lines = append(lines, s.refusal(one.Err, w)...)
				continue
			}
			lines = append(lines, draw(one.Value, w)...)
		}
		return lines
	})
}
