package views_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/viewtest"
)

// A names is a listing of names that come when they are sent.
type names chan []string

func (n names) list(ctx context.Context, _ backends.Query) (backends.Page[string], error) {
	select {
	case items := <-n:
		return backends.Page[string]{Items: items, Total: backends.ExactCount(int64(len(items)))}, nil
	case <-ctx.Done():
		return backends.Page[string]{}, ctx.Err()
	}
}

// lateList is a list over two sources of names, each answering when the test says so.
func lateList(t *testing.T) (l *views.List[string], nav *viewtest.Nav, early, late names) {
	t.Helper()
	sources := []backends.Source{viewtest.Redis(), viewtest.RabbitMQ()}
	deps, nav := viewtest.Deps(t, true, sources...)
	early, late = make(names), make(names)
	role := func(s backends.Source) views.Lister[string] {
		return map[backends.Source]names{sources[0]: early, sources[1]: late}[s].list
	}
	l = views.NewList(deps, views.ListSpec[string]{
		Name: "Names", Role: role, Key: func(s string) string { return s }, Text: func(s string) string { return s },
		Columns: []ui.Column[views.Item[string]]{{
			Title: "NAME", Flex: 1, Cell: func(it views.Item[string]) string { return it.Value },
			Less: func(a, b views.Item[string]) bool { return a.Value < b.Value },
		}},
	})
	t.Cleanup(l.Close)
	return l, nav, early, late
}

func answer(l *views.List[string], source names, items ...string) {
	source <- slices.Clone(items)
	synctest.Wait()
	viewtest.Settle(l)
}

func TestMarkerRestsOnTheFirstRowUntilAKeyIsPressed(t *testing.T) {
	for _, keys := range [][]string{nil, {" ", " "}, {"down", "up"}, {"/", "enter"}} {
		synctest.Test(t, func(t *testing.T) {
			l, nav, early, late := lateList(t)
			viewtest.Settle(l)
			answer(l, early, "emails", "orders")
			viewtest.Press(t, nav, l, keys...)
			answer(l, late, "dead")
			want := "emails"
			if keys == nil {
				want = "dead"
			}
			if it, _ := l.Selected(); it.Value != want {
				t.Errorf("after %q the marker is on %q, want %q", keys, it.Value, want)
			}
		})
	}
}
