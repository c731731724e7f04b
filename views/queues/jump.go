package queues

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/deadletters"
)

// opener opens the screen of a queue that is known by its name.
func opener(d *views.Deps) deadletters.Opener {
	return func(s backends.Source, name string) tea.Cmd {
		return views.Work(d, "find queue "+ui.CleanPlain(name),
			func(ctx context.Context) (page, error) {
				return s.Roles().Queues.ListQueues(ctx, backends.Query{Match: name, Limit: namesakes})
			},
			func(found page, err error) {
				unlisted := item{Source: s, At: d.Now(), Value: backends.Queue{Name: name}}
				if err != nil && backends.ReasonOf(err) == backends.Unsupported { // there is no listing to find it in
					d.Nav.Push(newDetail(d, unlisted))
					return
				}
				if err != nil {
					d.Nav.Toast(views.ErrorText(err))
					return
				}
				i := slices.IndexFunc(found.Items, func(q backends.Queue) bool { return q.Name == name })
				switch {
				case i >= 0:
					d.Nav.Push(Detail(d, item{Source: s, At: d.Now(), Value: found.Items[i]}))
				case found.Total.Certainty == backends.AtLeast: // a listing of some
					d.Nav.Push(newDetail(d, unlisted))
				default:
					d.Nav.Toast("the queue " + ui.CleanPlain(name) + " is not there")
				}
			})
	}
}

// askName opens a queue of which the person knows the name: of the source of the selected row, of the only one
// that has queues, or of the one that is chosen.
func askName(d *views.Deps, list *views.List[backends.Queue]) {
	d.Nav.Prompt("Open a queue", "its exact name", "", func(name string) tea.Cmd {
		if name == "" {
			return nil
		}
		var sources []backends.Source
		var names []string
		for _, s := range d.Sources {
			if s.Roles().Queues != nil {
				sources, names = append(sources, s), append(names, views.SourceName(s))
			}
		}
		if it, ok := list.Selected(); ok {
			sources = []backends.Source{it.Source}
		}
		switch len(sources) {
		case 0:
			d.Nav.Toast("no open source has queues")
		case 1:
			return opener(d)(sources[0], name)
		default:
			d.Nav.Choose("Whose queue "+ui.CleanPlain(name), names, func(i int) tea.Cmd { return opener(d)(sources[i], name) })
		}
		return nil
	})
}
