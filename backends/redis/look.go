package redis

import (
	"slices"
	"time"

	"bustop/backends"
)

// probation is the longest life of a key that may be a lock by its value alone.
const probation = 10 * time.Minute

// look finds out which of the names are objects for a listing, in at most three pipelines:
// their types; how long strings and hashes live; what is in those that may be locks.
func (w *walker) look(p *pass, found []string) error {
	var asked []string
	for _, name := range found {
		w.catalog.add(backends.KindKey, name, "")
		if !p.full && w.shapes.skip(name, w.catalog.pass) {
			w.catalog.keep(name)
			continue
		}
		asked = append(asked, name)
	}
	p.spend(len(asked))
	kinds, err := w.types(asked)
	if err != nil {
		return err
	}
	var maybe []string
	for i, name := range asked {
		switch kinds[i] {
		case "list":
			w.found(backends.KindQueue, name, kinds[i])
		case "stream":
			w.found(backends.KindStream, name, kinds[i])
		case "zset":
			w.found(backends.KindLeaderboard, name, kinds[i])
		case "string", "hash":
			maybe = append(maybe, name)
		case "none", "":
		default:
			w.shapes.saw(name, true)
		}
	}
	return w.lookForLocks(p, maybe, func(name string) string { return kinds[slices.Index(asked, name)] })
}

func (w *walker) found(kind backends.Kind, name, typ string) {
	w.catalog.add(kind, name, typ)
	w.shapes.saw(name, false)
}

// types asks for the types of keys; "" is one that this user may not look at.
func (w *walker) types(found []string) ([]string, error) {
	cmds := make([]command, len(found))
	for i, name := range found {
		cmds[i] = command{"TYPE", name}
	}
	answers, err := w.s.many(w.ctx, cmds)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(found))
	hidden := 0
	for i, a := range answers {
		if a.err != nil {
			if known := w.s.rights.known("TYPE", w.s.dialer.generation()); known != nil {
				return nil, known
			}
			hidden++
			continue
		}
		out[i], _ = a.value.(string)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.unreadable += int64(hidden)
	return out, nil
}

// lookForLocks keeps those strings and hashes that are locks. By its value a key is judged only
// if it is short-lived and not of a form whose keys have all been something else.
func (w *walker) lookForLocks(p *pass, maybe []string, typeOf func(string) string) error {
	cmds := make([]command, len(maybe))
	for i, name := range maybe {
		cmds[i] = command{"PTTL", name}
	}
	lives, err := w.s.many(w.ctx, cmds)
	if err != nil {
		return err
	}
	var probes []probe
	for i, name := range maybe {
		left, _ := lives[i].value.(int64)
		life := time.Duration(left) * time.Millisecond
		short := left > 0 && life <= probation && !p.evicts
		dull := w.shapes[fold(name)]
		if namedLikeLock(name) || (short && (dull == nil || !dull.dull || dull.seen < shapeSamples)) {
			probes = append(probes, probe{name: name, typ: typeOf(name), left: left})
		} else {
			w.shapes.saw(name, true)
		}
	}
	if err := w.s.readLocks(w.ctx, probes); err != nil {
		return err
	}
	for _, key := range probes {
		_, isLock := w.s.lockTable.recognise(key)
		w.shapes.saw(key.name, !isLock)
		if isLock {
			w.catalog.add(backends.KindLock, key.name, key.typ)
		}
	}
	return nil
}
