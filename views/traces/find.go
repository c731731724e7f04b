package traces

import (
	"strconv"
	"strings"

	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// find is a search by conditions (spans.ParseSearch) that a person types.
type find struct {
	input *views.Filter
	where spans.Search
	fault error
	// match and count tell of the spans that it was last held against.
	match []bool
	count int
}

func newFind() *find { return &find{input: views.NewFilter()} }

func (f *find) active() bool { return !f.where.Empty() }

// parse reads what was typed. While that is not to be understood the last that was stays in force.
func (f *find) parse() {
	where, err := spans.ParseSearch(f.input.Value())
	if f.fault = err; err == nil {
		f.where = where
	}
}

// preset searches for a text as if it had been typed.
func (f *find) preset(text string) {
	f.input.Preset(strings.TrimSpace(text))
	f.parse()
}

// over holds the search against the spans of a trace.
func (f *find) over(list []spans.Span) {
	f.match, f.count = make([]bool, len(list)), 0
	for i := range list {
		if f.match[i] = f.where.Match(&list[i]); f.match[i] {
			f.count++
		}
	}
}

func (f *find) end(list []spans.Span) {
	f.input.Clear()
	f.where, f.fault = spans.Search{}, nil
	f.over(list)
}

// line is the field while it is typed in, with what is wrong with it.
func (f *find) line(t *ui.Theme, w int) string {
	if f.fault == nil {
		return f.input.Render(t, w)
	}
	const field = 40
	return f.input.Render(t, min(field, w)) + " " + t.Warn.Paint(ui.Clean(f.fault.Error()))
}

// fact is the search once it is typed.
func (f *find) fact(t *ui.Theme) string {
	text := t.Accent.Paint("/" + ui.Clean(f.input.Value()))
	if f.fault != nil {
		text += " " + t.Warn.Paint(ui.Clean(f.fault.Error()))
	}
	return text
}

// matched words how many spans match.
func (f *find) matched(t *ui.Theme) string {
	return f.fact(t) + " " + strconv.Itoa(f.count) + " of " + strconv.Itoa(len(f.match))
}
