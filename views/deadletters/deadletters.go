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
		ui.Names(ui.Column[item]{Title: "NAME", Width: 16, Flex: 1, Most: 48}, func(it item) string { return it.Value.Target.Name }),
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
		{Title: "FROM", Width: 14, Flex: 2, Most: 60, CellIn: func(it item, w int) string { return namesIn(it.Value.Origins, originName, w) }},
		{Title: "THEN TO", Width: 10, Flex: 1, Most: 40, Hide: 1, CellIn: func(it item, w int) string { return namesIn(it.Value.Next, nextName, w) }},
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
		names = append(names, originName(o))
	}
	return strings.Join(names, " ")
}

func originName(o backends.DeadLetterOrigin) string {
	if o.Perhaps {
		return o.Queue + "?"
	}
	return o.Queue
}

func nextName(t backends.Target) string { return t.Name }

// namesIn are the first names in w cells: whole ones, or one with its both ends, and how many more there are.
func namesIn[T any](all []T, name func(T) string, w int) string {
	text := ""
	for i, one := range all[:min(len(all), namesShown)] {
		more := ""
		if left := len(all) - i - 1; left > 0 {
			more = fmt.Sprintf(", +%d", left)
		}
		next := ui.Clean(name(one))
		if i > 0 {
			next = text + ", " + next
		}
		switch fits := ui.Width(next+more) <= w; {
		case !fits && i == 0:
			room := max(w-ui.Width(more), 1)
			return ui.Middle(next, min(ui.Width(next), room)) + more
		case !fits:
			return text + fmt.Sprintf(", +%d", len(all)-i)
		}
		text = next
	}
	if left := len(all) - namesShown; left > 0 {
		text += fmt.Sprintf(", +%d", left)
	}
	return text
}
