package views

import (
	"bustop/backends"
)

// sourceOf is the source that a message is from, nil when it is not open.
func (d *Deps) sourceOf(m backends.Message) backends.Source {
	for _, s := range d.Sources {
		if s.Identity().Name == m.Source {
			return s
		}
	}
	return nil
}

// Narrate is a message in the words of the library that made it; it says nothing where none is
// recognised or the source knows of no conventions.
func (d *Deps) Narrate(m backends.Message) backends.Narration {
	if n, ok := d.sourceOf(m).(backends.Narrator); ok && m.Gap == "" {
		return n.Narrate(m, d.Now())
	}
	return backends.Narration{}
}

// Fate is how a message came to be where it is, as far as its source can tell.
func (d *Deps) Fate(m backends.Message) backends.LetterFate {
	s := d.sourceOf(m)
	if s == nil || m.Gap != "" {
		return backends.LetterFate{}
	}
	if role, ok := s.Roles().Queues.(backends.DeadLetters); ok {
		return role.ReadFate(m, d.Now())
	}
	return backends.LetterFate{}
}
