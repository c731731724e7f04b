// Package deadletters is the workbench for messages that nobody could use: the queues where they end up,
// what leads there, and, after the person has agreed to what a look costs, why they died, in groups.
// Queues and exchanges in which messages only wait stand beside them.
package deadletters

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

type (
	place = backends.DeadLetterPlace
	item  = views.Item[place]
)

// Opener opens the screen of a queue.
type Opener func(s backends.Source, queue string) tea.Cmd

// Key is the key by which another pane opens the workbench.
func Key(d *views.Deps, open Opener) ui.Binding {
	return ui.Binding{
		Keys: []string{"d"}, Help: "dead letters, retries and delays", Hint: "dead letters", Category: "Here",
		Do: views.Do(func() { d.Nav.Push(New(d, open)) }),
		Disabled: func() string {
			for _, s := range d.Sources {
				if lister(s) != nil {
					return ""
				}
			}
			return "no open source knows of dead letters"
		},
	}
}

func lister(s backends.Source) views.Lister[place] {
	if role, ok := s.Roles().Queues.(backends.DeadLetters); ok {
		return role.ListDeadLetters
	}
	return nil
}

// New returns the list of all places of all sources.
func New(d *views.Deps, open Opener) *views.List[place] {
	return views.NewList(d, views.ListSpec[place]{
		Name: "Dead letters", Rows: "places", Columns: columns(d.Theme),
		Key:    func(p place) string { return p.Target.String() },
		Called: func(p place) string { return p.Target.Name },
		Text:   func(p place) string { return p.Target.Name + " " + string(p.Purpose) + " " + originsText(p) },
		Role:   lister,
		Open: func(it item) tea.Cmd {
			d.Nav.Push(newBench(d, it, open))
			return nil
		},
		Absent: "No open source knows of dead letters.",
	})
}

func columns(t *ui.Theme) []ui.Column[item] {
	return []ui.Column[item]{
		{
			Title: "NAME", Width: 16, Flex: 1, Most: 48,
			Cell: func(it item) string { return ui.Clean(it.Value.Target.Name) },
			Less: func(a, b item) bool { return a.Value.Target.Name < b.Value.Target.Name },
		},
		{
			Title: "FOR", Width: 6,
			Cell: func(it item) string { return purpose(t, it.Value) },
			Less: func(a, b item) bool { return a.Value.Purpose < b.Value.Purpose },
		},
		{
			Title: "READY", Width: 7, Right: true,
			Cell: func(it item) string { return views.Count(it.Value.Ready) },
			Less: func(a, b item) bool { return a.Value.Ready.Value < b.Value.Ready.Value },
		},
		{
			Title: "CONS", Width: 4, Right: true, Hide: 3,
			Cell: func(it item) string { return views.Count(it.Value.Consumers) },
			Less: func(a, b item) bool { return a.Value.Consumers.Value < b.Value.Consumers.Value },
		},
		{
			Title: "WAIT", Width: 8, Right: true, Hide: 2,
			Cell: func(it item) string {
				if !it.Value.Wait.Known() {
					return ""
				}
				return ui.Duration(it.Value.Wait.Value)
			},
			Less: func(a, b item) bool { return a.Value.Wait.Value < b.Value.Wait.Value },
		},
		{Title: "FROM", Width: 14, Flex: 2, Most: 60, Cell: func(it item) string { return ui.Clean(originsText(it.Value)) }},
		{Title: "THEN TO", Width: 10, Flex: 1, Most: 40, Hide: 1, Cell: func(it item) string { return ui.Clean(nextText(it.Value)) }},
	}
}

// purpose marks what is probable only with a question mark.
func purpose(t *ui.Theme, p place) string {
	text := string(p.Purpose)
	if p.Perhaps {
		text += "?"
	}
	if p.Purpose == backends.ForDead && p.Ready.Value > 0 {
		return t.Bad.Paint(text)
	}
	return text
}

// namesShown bounds the names in a cell.
const namesShown = 3

func originsText(p place) string {
	var names []string
	for _, o := range p.Origins {
		mark := ""
		if o.Perhaps {
			mark = "?"
		}
		names = append(names, o.Queue+mark)
	}
	return few(names)
}

func nextText(p place) string {
	var names []string
	for _, n := range p.Next {
		names = append(names, n.Name)
	}
	return few(names)
}

func few(names []string) string {
	if len(names) > namesShown {
		names = append(names[:namesShown:namesShown], fmt.Sprintf("+%d", len(names)-namesShown))
	}
	return strings.Join(names, ", ")
}
