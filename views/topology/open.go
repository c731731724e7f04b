package topology

import (
	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// Binding is the key by which another pane opens the topology around the place that is selected there.
func Binding(d *views.Deps, selected func() (backends.Source, backends.Target, bool)) ui.Binding {
	return ui.Binding{
		Keys: []string{"v"}, Help: "the ways of messages around it, and where one would go", Hint: "topology", Category: "Here",
		Do: func() tea.Cmd {
			if source, target, ok := selected(); ok {
				d.Nav.Push(New(d, source, target))
			}
			return nil
		},
		Disabled: func() string {
			source, _, ok := selected()
			switch {
			case !ok:
				return "nothing is selected"
			case Router(source) == nil:
				return "this source routes no messages"
			}
			return ""
		},
	}
}
