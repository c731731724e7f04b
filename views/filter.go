package views

import (
	"strings"
	"sync/atomic"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/ui"
)

// Filter is a text that names must contain, whatever their case; with "!" in front, must not.
type Filter struct {
	input   *ui.Input
	editing bool
	pushed  atomic.Pointer[string]
}

// NewFilter returns an empty filter.
func NewFilter() *Filter {
	f := &Filter{input: ui.NewInput("/")}
	f.Push(false)
	return f
}

// Begin gives the keyboard to the filter.
func (f *Filter) Begin() { f.editing = true }

// Editing reports whether the filter has the keyboard.
func (f *Filter) Editing() bool { return f.editing }

// Value is the text as typed; Empty reports that it filters nothing.
func (f *Filter) Value() string { return f.input.Value() }

// Empty reports whether everything matches.
func (f *Filter) Empty() bool { return strings.TrimPrefix(f.input.Value(), "!") == "" }

// Preset sets the text as if it had been typed.
func (f *Filter) Preset(text string) { f.input.SetValue(text) }

// Clear drops the text.
func (f *Filter) Clear() {
	f.input.SetValue("")
}

// Type takes a key: Enter keeps the filter, Esc drops it. It reports whether the filter changed.
func (f *Filter) Type(key tea.KeyMsg) bool {
	switch key.String() {
	case "enter":
		f.editing = false
		return false
	case "esc":
		f.editing = false
		f.Clear()
		return true
	}
	return f.input.Update(key)
}

// Match reports whether the filter lets a text pass.
func (f *Filter) Match(text string) bool {
	want, inverted := strings.CutPrefix(f.input.Value(), "!")
	return strings.Contains(strings.ToLower(text), strings.ToLower(want)) != inverted
}

// Render draws the input line.
func (f *Filter) Render(t *ui.Theme, w int) string { return f.input.Render(t, w) }

// Push decides whether sources are to filter by themselves, which they cannot when the filter is
// inverted. It reports whether what Pushed returns has changed.
func (f *Filter) Push(on bool) bool {
	text := ""
	if on && !strings.HasPrefix(f.input.Value(), "!") {
		text = f.input.Value()
	}
	before := f.pushed.Swap(&text)
	return before != nil && *before != text
}

// Pushed is what sources are to filter by, "" for nothing. It may be called from any goroutine.
func (f *Filter) Pushed() string { return *f.pushed.Load() }
