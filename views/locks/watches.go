package locks

import (
	"context"
	"fmt"

	"bustop/backends"
	"bustop/views"
)

// watches are the histories that the sources keep while the pane is there.
type watches struct {
	deps   *views.Deps
	opened bool
	of     map[backends.Source]backends.LockWatch
}

func newWatches(d *views.Deps) *watches {
	return &watches{deps: d, of: map[backends.Source]backends.LockWatch{}}
}

// any reports whether a source can keep histories.
func (w *watches) any() bool {
	for _, s := range w.deps.Sources {
		if _, ok := s.Roles().Locks.(backends.LockWatcher); ok {
			return true
		}
	}
	return false
}

// open begins the watches, when the pane is first shown. It does not wait for a server.
func (w *watches) open() {
	if w.opened {
		return
	}
	w.opened = true
	for _, s := range w.deps.Sources {
		if watcher, ok := s.Roles().Locks.(backends.LockWatcher); ok {
			if watch, err := watcher.WatchLocks(context.Background()); err == nil {
				w.of[s] = watch
			}
		}
	}
}

// show says which locks are on screen, the selected one first, as a server tells of a few at a time.
func (w *watches) show(rows []item, first *item) {
	for s, watch := range w.of {
		var names []string
		if first != nil && first.Source == s {
			names = append(names, first.Value.Name)
		}
		for _, it := range rows {
			if it.Source == s && (first == nil || first.Source != s || it.Value.Name != first.Value.Name) {
				names = append(names, it.Value.Name)
			}
		}
		watch.Show(names)
	}
}

func (w *watches) history(s backends.Source, name string) (backends.LockHistory, bool) {
	if watch := w.of[s]; watch != nil {
		return watch.History(name)
	}
	return backends.LockHistory{}, false
}

// told reports whether the server tells of each change of a lock, as far as that is known.
func (w *watches) told(it item) bool {
	teller, knows := w.of[it.Source].(backends.LockTeller)
	return !knows || teller.Told(it.Value.Name)
}

// hint says how the changes of the other locks are found when the server tells of some only.
func (w *watches) hint(rows []item) string {
	var told, silent int64
	for _, it := range rows {
		if w.told(it) {
			told++
		} else {
			silent++
		}
	}
	switch {
	case silent == 0:
		return ""
	case told == 0:
		return "LAST ~: found by looking again and again, the server does not tell of changes"
	}
	return fmt.Sprintf("LAST ~: found by looking again; the server tells of %d of %d locks, the selected one first", told, told+silent)
}

// by says how changes on a source are noticed, "" when nothing is remembered of it.
func (w *watches) by(s backends.Source) string {
	if watch := w.of[s]; watch != nil {
		return watch.By()
	}
	return ""
}

func (w *watches) close() {
	for _, watch := range w.of {
		watch.Close()
	}
}
