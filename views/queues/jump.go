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
				if err != nil {
					d.Nav.Toast(views.ErrorText(err))
					return
				}
				i := slices.IndexFunc(found.Items, func(q backends.Queue) bool { return q.Name == name })
				if i < 0 {
					d.Nav.Toast("the queue " + ui.CleanPlain(name) + " is not there any more")
					return
				}
				d.Nav.Push(newDetail(d, item{Source: s, At: d.Now(), Value: found.Items[i]}))
			})
	}
}
