package redis

import (
	"context"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// sighting is a key under the walker's eyes.
type sighting struct {
	name string
	// sample says that the key stands for others of its shape: it is weighed and recognised.
	sample bool
	weigh  bool
	typ    string
	left   int64
	// left is known: the key may be looked at.
	timed bool
}

// look finds out which of the names are objects for a listing, in at most three rounds: their
// types; how long they live; what is in those whose name and type do not tell. Of a shape whose
// keys are all alike only samples are asked for.
func (w *walker) look(ctx context.Context, l *lane, found []string) error {
	return w.examine(ctx, l, w.sort(l, found))
}

// examine asks for keys and enters what they are.
func (w *walker) examine(ctx context.Context, l *lane, asked []sighting) error {
	l.spend(len(asked))
	if err := w.types(ctx, l, asked); err != nil {
		return err
	}
	suspects := w.unlike(asked)
	if err := w.lives(ctx, suspects); err != nil {
		return err
	}
	return w.recognise(ctx, l, suspects)
}

// sort counts the names and returns those that have to be asked for.
func (w *walker) sort(l *lane, found []string) []sighting {
	asked := make([]sighting, 0, len(found))
	var alike []sighting
	var by []profile.Match
	pass := w.catalog.number()
	w.shapes.mu.Lock()
	for _, name := range found {
		sh := w.shapes.seen(name)
		due := sh.due(name, pass)
		if due || l.thorough {
			weigh := due && sh.weighed < sizeSamples
			if weigh {
				sh.weighed++
			}
			asked = append(asked, sighting{name: name, sample: due, weigh: weigh})
			continue
		}
		alike, by = append(alike, sighting{name: name, typ: sh.most.typ, sample: !sh.settled()}), append(by, sh.most.match)
	}
	w.shapes.mu.Unlock()
	for i, key := range alike {
		switch {
		case w.catalog.keep(key.name), key.sample:
		case !w.taken(key, by[i]):
			asked = append(asked, sighting{name: key.name, sample: true})
		}
	}
	return asked
}

// taken lists a key like the others of its shape, without a look. False: its name is not like theirs.
func (w *walker) taken(key sighting, as profile.Match) bool {
	if !as.Is() {
		return true
	}
	m, ok := w.s.profiles.Again(as, key.name)
	if ok {
		w.enter(key, m)
	}
	return ok
}

// types fills in the types of keys; "" is one that this user may not look at.
func (w *walker) types(ctx context.Context, l *lane, keys []sighting) error {
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
			if absent(a.err) == away {
				continue
			}
			if known := l.node.denied("TYPE"); known != nil {
				return known
			}
			l.hidden++
			continue
		}
		keys[i].typ, _ = a.value.(string)
	}
	return nil
}

// unlike returns the keys that have to be recognised: samples, and those of another type than the
// rest of their shape. The others are taken to be like these.
func (w *walker) unlike(keys []sighting) []sighting {
	suspects := keys[:0]
	for _, key := range keys {
		if key.typ == "" || key.typ == "none" {
			continue
		}
		if !key.sample {
			w.shapes.mu.Lock()
			sh := w.shapes.of(key.name)
			most, settled := sh.most, sh.settled()
			w.shapes.mu.Unlock()
			if settled && most.typ == key.typ && w.taken(key, most.match) {
				w.catalog.keep(key.name)
				continue
			}
		}
		suspects = append(suspects, key)
	}
	return suspects
}

// lives fills in how long keys live, and records how large some are.
func (w *walker) lives(ctx context.Context, keys []sighting) error {
	cmds := make([]command, 0, 2*len(keys))
	for _, key := range keys {
		cmds = append(cmds, command{"PTTL", key.name})
		if key.weigh {
			cmds = append(cmds, command{"MEMORY", "USAGE", key.name})
		}
	}
	answers, err := w.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	w.shapes.mu.Lock()
	defer w.shapes.mu.Unlock()
	next := 0
	for i := range keys {
		key := &keys[i]
		key.left, key.timed = answers[next].value.(int64)
		next++
		sh := w.shapes.of(key.name)
		if key.timed {
			sh.lives(key.left)
		}
		if key.weigh {
			if n, ok := answers[next].value.(int64); ok {
				sh.bytes, sh.of = sh.bytes+n, sh.of+1
			}
			next++
		}
	}
	return nil
}

// recognise finds out by the table what keys are, reading those whose names do not tell.
func (w *walker) recognise(ctx context.Context, l *lane, keys []sighting) error {
	now, unread := time.Now(), make([]sighting, 0, len(keys))
	for _, key := range keys {
		if m, ok := w.heavy.recall(key, now); ok {
			w.judged(key, m)
		} else {
			unread = append(unread, key)
		}
	}
	evidence, err := w.s.gather(ctx, l, unread)
	if err != nil {
		return err
	}
	for i, e := range evidence {
		m, _ := w.s.profiles.Recognise(e)
		w.heavy.keep(e, m)
		w.judged(unread[i], m)
	}
	return nil
}

// judged enters what a key is, and what that tells of its shape.
func (w *walker) judged(key sighting, m profile.Match) {
	w.enter(key, m)
	w.shapes.mu.Lock()
	defer w.shapes.mu.Unlock()
	if m.Is() && w.s.profiles.Off(m.Profile.Name) { // since it was recognised
		m = profile.Match{}
	}
	w.shapes.of(key.name).saw(verdict{typ: key.typ, match: m})
}

// enter puts an object into the catalog, if it is one that a pane lists.
func (w *walker) enter(key sighting, m profile.Match) {
	if !m.Names() {
		return
	}
	kind, ok := map[profile.Kind]backends.Kind{
		profile.Queue: backends.KindQueue, profile.Stream: backends.KindStream,
		profile.Lock: backends.KindLock, profile.Leaderboard: backends.KindLeaderboard,
	}[m.Profile.Kind]
	if !ok {
		return
	}
	kept := &m
	if m.Profile.Library == "" && m.Key.Match == "*" && kind != backends.KindLock {
		kept = nil // no more than its type tells
	}
	w.catalog.add(kind, m.Object, key.typ, kept)
	if w.s.profiles.Off(m.Profile.Name) { // since it was recognised
		w.catalog.forget(kind, m.Object)
	}
}

// gather reads what the table asks for: contents, and what other keys are, if they are there.
func (s *source) gather(ctx context.Context, l *lane, keys []sighting) ([]profile.Evidence, error) {
	out := make([]profile.Evidence, len(keys))
	var contents, others asking
	now := time.Now()
	for i, key := range keys {
		out[i] = profile.Evidence{Name: key.name, Type: key.typ, Left: key.left, Now: now, Beside: map[string]string{}}
		want := s.profiles.Wants(key.name, key.typ, key.left)
		if cmd := evidenceRead(key); cmd != nil && reads(want, l.evicts) {
			contents.add(i, cmd)
		}
		for _, other := range want.Keys {
			others.add(i, command{"TYPE", other})
		}
	}
	read, err := s.many(ctx, contents.cmds)
	if err != nil {
		return nil, err
	}
	for j, a := range read {
		if a.err == nil {
			fillEvidence(&out[contents.of[j]], a.value)
		}
	}
	// A key beside another may be on another server.
	found, err := s.many(ctx, others.cmds)
	if err != nil {
		return nil, err
	}
	for j, a := range found {
		typ, _ := a.value.(string)
		if name, ok := second(others.cmds[j]); ok && typ != "" && typ != "none" {
			out[others.of[j]].Beside[name] = typ
		}
	}
	return out, nil
}

// asking are commands with the number of the key that each is for.
type asking struct {
	cmds []command
	of   []int
}

func (a *asking) add(of int, c command) {
	a.cmds, a.of = append(a.cmds, c), append(a.of, of)
}

// reads reports whether a key's content is to be read. Where reading keeps keys from being evicted,
// only a name is reason enough.
func reads(want profile.Want, evicts bool) bool {
	return want.Content && (want.ByName || !evicts)
}

// evidenceRead is the one read of a key's type, see profile.Evidence.
func evidenceRead(key sighting) command {
	switch key.typ {
	case "string":
		return command{"GETRANGE", key.name, 0, lockBytes - 1}
	case "hash":
		return command{"HSCAN", key.name, "0", "COUNT", 20}
	case "stream":
		return command{"XREVRANGE", key.name, "+", "-", "COUNT", 1}
	case "zset":
		return command{"ZREVRANGE", key.name, 0, topPlaces - 1, "WITHSCORES"}
	case "set":
		return command{"SSCAN", key.name, "0", "COUNT", topPlaces}
	case "list":
		return command{"LRANGE", key.name, -1, -1}
	}
	return nil
}

// fillEvidence puts an answer to evidenceRead into the evidence.
func fillEvidence(e *profile.Evidence, v any) {
	e.Read = true
	switch e.Type {
	case "string":
		e.Value, _ = v.(string)
		e.Cut = len(e.Value) == lockBytes
	case "hash":
		parts, _ := v.([]any)
		names, values := hashPart(parts)
		for i, n := range names {
			e.Fields = append(e.Fields, backends.Field{Name: n, Value: []byte(values[i])})
		}
	case "stream":
		entries, _ := v.([]any)
		if len(entries) == 1 {
			entry, _ := entries[0].([]any)
			e.Fields = pairs(entry)
		}
	case "zset":
		for _, p := range places(1, texts(v)) {
			e.Members = append(e.Members, profile.Member{Value: p.Member, Score: p.Score})
		}
	case "set":
		if parts, _ := v.([]any); len(parts) == 2 {
			e.Members = membersOf(texts(parts[1]))
		}
	case "list":
		e.Members = membersOf(texts(v))
	}
}

func membersOf(values []string) (out []profile.Member) {
	for _, v := range values {
		out = append(out, profile.Member{Value: v})
	}
	return out
}

// pairs are the fields of an entry of a stream: id, then names and values in turn.
func pairs(entry []any) (out []backends.Field) {
	if len(entry) != 2 {
		return nil
	}
	flat := texts(entry[1])
	for i := 0; i+1 < len(flat); i += 2 {
		out = append(out, backends.Field{Name: flat[i], Value: []byte(flat[i+1])})
	}
	return out
}
