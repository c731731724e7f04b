package views

import (
	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
)

// Rule is how a row was recognised.
type Rule struct {
	// Role has listed the row. It can forget the rule when it is a backends.ProfileSwitch.
	Role any
	// Profile is the name of the rule, "" for none.
	Profile string
}

// NotThis is the key for what is not what a rule takes it for: it forgets the rule until the end and then
// goes on. False says that there is no rule that could be forgotten.
func NotThis(nav Nav, r Rule, category string, then func()) (ui.Binding, bool) {
	off, ok := r.Role.(backends.ProfileSwitch)
	if !ok || r.Profile == "" {
		return ui.Binding{}, false
	}
	keep := ""
	switch off.OriginOf(r.Profile) {
	case backends.BuiltIn:
		keep = "profiles: [{off: " + r.Profile + "}] in the config keeps it so"
	case backends.OwnProfile:
		keep = "to keep it so, take it out of the profiles in the config"
	case backends.ByType, backends.NoProfile:
		return ui.Binding{}, false
	}
	name := ui.CleanPlain(r.Profile)
	return ui.Binding{
		Keys: []string{"x"}, Help: "not " + name + ": forget the rule until the end", Hint: "not " + name, Category: category,
		Do: func() tea.Cmd {
			off.SwitchOff(r.Profile)
			nav.Toast(name + " is not recognised any more; " + keep)
			then()
			return nil
		},
	}, true
}

// notThis is the key for the row under the marker, where a rule was what recognised it.
func (l *List[T]) notThis() []ui.Binding {
	it, ok := l.table.Selected()
	if !ok || l.spec.Rule == nil {
		return nil
	}
	b, ok := NotThis(l.deps.Nav, l.spec.Rule(it), "Here", l.Refresh)
	if !ok {
		return nil
	}
	return []ui.Binding{b}
}
