package redis

import (
	"context"
	"time"

	"bustop/backends"
)

// probation is the longest life of a string that may be a lock by its value alone.
const probation = 10 * time.Minute

// sighting is a key under the walker's eyes.
type sighting struct {
	name, form, typ string
}

// look finds out which of the names are objects for a listing, in at most three rounds: their
// types; how long strings and hashes live; what is in those that may be locks.
func (w *walker) look(ctx context.Context, p *pass, found []string) error {
	asked := make([]sighting, 0, len(found))
	for _, name := range found {
		w.catalog.add(backends.KindKey, name, "")
		form := fold(name)
		if !p.full && w.shapes.skip(name, form, w.catalog.pass) {
			w.catalog.keep(name)
			continue
		}
		asked = append(asked, sighting{name: name, form: form})
	}
	p.spend(len(asked))
	if err := w.types(ctx, p, asked); err != nil {
		return err
	}
	var maybe []sighting
	for _, key := range asked {
		switch key.typ {
		case "list":
			w.found(backends.KindQueue, key)
		case "stream":
			w.found(backends.KindStream, key)
		case "zset":
			w.found(backends.KindLeaderboard, key)
		case "string", "hash":
			maybe = append(maybe, key)
		case "none", "":
		default:
			w.shapes.saw(key.form, true)
		}
	}
	return w.lookForLocks(ctx, p, maybe)
}

func (w *walker) found(kind backends.Kind, key sighting) {
	w.catalog.add(kind, key.name, key.typ)
	w.shapes.saw(key.form, false)
}

// types fills in the types of keys; "" is one that this user may not look at.
func (w *walker) types(ctx context.Context, p *pass, keys []sighting) error {
	cmds := make([]command, len(keys))
	for i, key := range keys {
		cmds[i] = command{"TYPE", key.name}
	}
	answers, err := w.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if a.err != nil {
			if known := w.s.denied("TYPE"); known != nil {
				return known
			}
			p.hidden++
			continue
		}
		keys[i].typ, _ = a.value.(string)
	}
	return nil
}

// lookForLocks keeps those strings and hashes that are locks. By its value a key is judged only
// if it expires and is not of a form whose keys have all been something else.
func (w *walker) lookForLocks(ctx context.Context, p *pass, maybe []sighting) error {
	cmds := make([]command, len(maybe))
	for i, key := range maybe {
		cmds[i] = command{"PTTL", key.name}
	}
	lives, err := w.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	var probes []probe
	var forms []string
	for i, key := range maybe {
		left, _ := lives[i].value.(int64)
		// A lock kept as a hash names its holder's process and thread, which is evidence enough
		// however long it was taken for; a string says less.
		passing := left > 0 && (key.typ == "hash" || time.Duration(left)*time.Millisecond <= probation) && !p.evicts
		if namedLikeLock(key.name) || (passing && !w.shapes.dull(key.form)) {
			probes = append(probes, probe{name: key.name, typ: key.typ, left: left})
			forms = append(forms, key.form)
		} else {
			w.shapes.saw(key.form, true)
		}
	}
	if err := w.s.readLocks(ctx, probes); err != nil {
		return err
	}
	for i, key := range probes {
		_, isLock := w.s.lockTable.recognise(key)
		w.shapes.saw(forms[i], !isLock)
		if isLock {
			w.catalog.add(backends.KindLock, key.name, key.typ)
		}
	}
	return nil
}
