package profile

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"

	"bustop/backends"
)

// User is a profile of the person's own, or the name of one to be switched off.
type User struct {
	// Off names a profile of the table that is not to be used; the other fields are then empty.
	Off string
	// Name is shown; Match is a form of name; Kind and Type are what such keys are.
	Name, Match string
	Kind        Kind
	Type        string
	Library     string
	Decode      string
}

// FromRule is a rule of the configuration as the table reads it.
func FromRule(r backends.ProfileRule) User {
	return User{
		Off: r.Off, Name: r.Name, Match: r.Match, Kind: Kind(r.Kind), Type: r.Type, Library: r.Library, Decode: r.Decode,
	}
}

// Check says what is wrong with a profile of the person's own, "" when nothing is.
func (u User) Check() string {
	switch {
	case u.Off != "" && u != (User{Off: u.Off}):
		return "off stands alone"
	case u.Off != "":
		if !slices.ContainsFunc(Builtin(), func(p Profile) bool { return p.Name == u.Off }) {
			return fmt.Sprintf("no profile %q", u.Off)
		}
		return ""
	case u.Match == "":
		return "a profile has a match, or is off"
	case !slices.Contains(Kinds(), u.Kind):
		return fmt.Sprintf("kind: expected one of %v", Kinds())
	}
	if _, err := compile(u.Match); err != nil {
		return err.Error()
	}
	return ""
}

func (u User) profile() Profile {
	var roots []Root
	if name, ok := Fill(u.Match, nil); ok {
		roots = []Root{{Key: name}} // one key: no need to look for it
	}
	return Profile{
		Roots: roots, Name: cmp.Or(u.Name, u.Match), Library: u.Library, Kind: u.Kind, Own: true,
		Keys: []Key{{Match: u.Match, Type: cmp.Or(u.Type, typeOf(u.Kind)), Confidence: 1, Decode: u.Decode}},
	}
}

// typeOf is the type without which a kind cannot be listed, "" for any.
func typeOf(k Kind) string {
	return map[Kind]string{Queue: "list", Stream: "stream", Leaderboard: "zset"}[k]
}

// Table is the profiles in the order in which they are tried. It is safe for several goroutines.
type Table struct {
	profiles []*Profile
	rules    []rule
	// off are switches by a profile's name, see SwitchOff.
	off map[string]*atomic.Bool
}

// SwitchOff leaves a profile out from now on. It reports whether there is one of that name.
func (t *Table) SwitchOff(name string) bool {
	off := t.off[name]
	if off != nil {
		off.Store(true)
	}
	return off != nil
}

// typeOf is the type of the profile's key of a form, "" when it has none.
func (p *Profile) typeOf(form string) string {
	for _, k := range p.Keys {
		if form != "" && k.Match == form && k.Type != "" {
			return k.Type
		}
	}
	return ""
}

// Off reports whether a profile was switched off.
func (t *Table) Off(name string) bool {
	off := t.off[name]
	return off != nil && off.Load()
}

// Origin says where a profile comes from.
func (t *Table) Origin(name string) backends.ProfileOrigin {
	for _, p := range t.profiles {
		if p.Name != name {
			continue
		}
		switch k := p.Keys[0]; {
		case p.Own:
			return backends.OwnProfile
		case len(p.Keys) == 1 && k.Match == "*" && k.Named == nil && k.Confirm == nil:
			return backends.ByType
		}
		return backends.BuiltIn
	}
	return backends.NoProfile
}

// rule is a key of a profile, compiled.
type rule struct {
	profile *Profile
	key     *Key
	match   pattern
	beside  pattern
	// besideType is the type that the other key must have, "" for any.
	besideType string
	object     pattern
	off        *atomic.Bool
	// specific says that the name is a reason by itself to read the key: it is proof enough to look for the
	// row of a pane, and a label among the keys is not worth it.
	specific bool
}

// New returns the built-in table changed by what the person asks for: their own profiles come
// first, in their order.
func New(users ...User) (*Table, error) {
	off := map[string]bool{}
	var all []Profile
	for _, u := range users {
		if what := u.Check(); what != "" {
			return nil, fmt.Errorf("profile: %s", what)
		}
		if u.Off != "" {
			off[u.Off] = true
		} else {
			all = append(all, u.profile())
		}
	}
	all = append(all, Builtin()...)
	t := &Table{}
	for _, p := range all {
		if off[p.Name] {
			continue
		}
		if err := t.add(&p); err != nil {
			return nil, fmt.Errorf("profile %s: %w", p.Name, err)
		}
	}
	return t, nil
}

func (t *Table) add(p *Profile) error {
	t.profiles = append(t.profiles, p)
	if t.off == nil {
		t.off = map[string]*atomic.Bool{}
	}
	if t.off[p.Name] == nil {
		t.off[p.Name] = &atomic.Bool{}
	}
	object, err := compile(p.Object)
	if err != nil {
		return err
	}
	for i := range p.Keys {
		k := &p.Keys[i]
		r := rule{profile: p, key: k, object: object, off: t.off[p.Name], besideType: cmp.Or(k.BesideType, p.typeOf(k.Beside))}
		if r.match, err = compile(k.Match); err != nil {
			return err
		}
		if r.beside, err = compile(k.Beside); err != nil {
			return err
		}
		if p.Object == "" && k.Part != Row {
			return fmt.Errorf("%s: a key that is not the row needs the object's form", k.Match)
		}
		r.specific = (!r.match.bare() || k.Named != nil) && !p.Kind.labels()
		t.rules = append(t.rules, r)
	}
	return nil
}

// Profiles returns the profiles in use, in order. They must not be changed.
func (t *Table) Profiles() []*Profile {
	return slices.DeleteFunc(slices.Clone(t.profiles), func(p *Profile) bool { return t.off[p.Name].Load() })
}

// Want is what has to be known before a key can be recognised.
type Want struct {
	// Content asks for the one read of the key's type.
	Content bool
	// ByName says that the key's name is a reason for the read; without it a read that would
	// keep the key from being evicted is better left.
	ByName bool
	// Keys are those whose existence and type matter.
	Keys []string
}

// maxBeside bounds the keys asked for beside one.
const maxBeside = 8

// Wants returns what has to be read of a key. left is PTTL's answer.
func (t *Table) Wants(name, typ string, left int64) Want {
	var w Want
	for i := range t.rules {
		r := &t.rules[i]
		vars, ok := r.fits(name, typ, left)
		if !ok {
			continue
		}
		if r.key.Confirm == nil && r.key.Beside == "" {
			break // decides by itself
		}
		if r.key.Confirm != nil {
			w.Content, w.ByName = true, w.ByName || r.specific
		}
		if other, ok := r.beside.fill(vars); ok && other != "" && len(w.Keys) < maxBeside && !slices.Contains(w.Keys, other) {
			w.Keys = append(w.Keys, other)
		}
	}
	return w
}

// fits checks what needs no read.
func (r *rule) fits(name, typ string, left int64) (Vars, bool) {
	k := r.key
	if r.off.Load() || (k.Type != "" && k.Type != typ) || !k.Life.Holds(left) {
		return nil, false
	}
	vars, ok := r.match.match(name)
	if !ok || !k.allows(name) {
		return nil, false
	}
	return vars, true
}

// allows asks the further tests of a name.
func (k *Key) allows(name string) bool {
	return (k.Named == nil || k.Named(name)) && (k.Unless == nil || !k.Unless(name))
}

// Recognise says what a key is: by the first rule that fits. A rule whose evidence was not read
// does not.
func (t *Table) Recognise(e Evidence) (Match, bool) {
	for i := range t.rules {
		r := &t.rules[i]
		vars, ok := r.fits(e.Name, e.Type, e.Left)
		if !ok {
			continue
		}
		if r.key.Beside != "" {
			other, ok := r.beside.fill(vars)
			typ := e.Beside[other]
			if !ok || typ == "" || (r.besideType != "" && typ != r.besideType) {
				continue
			}
		}
		var found Finding
		if r.key.Confirm != nil {
			if !e.Read {
				continue
			}
			if found, ok = r.key.Confirm(e); !ok {
				continue
			}
		}
		return r.found(i, e.Name, vars, found), true
	}
	return Match{}, false
}

func (r *rule) found(i int, name string, vars Vars, f Finding) Match {
	m := Match{Profile: r.profile, Key: r.key, Object: name, Vars: vars, Finding: f, rule: i}
	if r.profile.Object != "" {
		if object, ok := r.object.fill(vars); ok {
			m.Object = object
		}
	}
	if m.Confidence == 0 {
		m.Confidence = r.key.Confidence
	}
	return m
}

// Again applies a match to another key that is taken to be alike, without a look at it.
func (t *Table) Again(m Match, name string) (Match, bool) {
	if !m.Is() {
		return Match{}, false
	}
	r := &t.rules[m.rule]
	vars, ok := r.match.match(name)
	if !ok || r.off.Load() || !r.key.allows(name) {
		return Match{}, false
	}
	return r.found(m.rule, name, vars, Finding{Confidence: m.Confidence}), true
}

// FromRoot makes the match of an object that a root's member names.
func (t *Table) FromRoot(p *Profile, root Root, member string) (Match, bool) {
	vars, ok := Parse(cmp.Or(root.Member, "<name>"), member)
	if !ok {
		return Match{}, false
	}
	for i := range t.rules {
		r := &t.rules[i]
		if r.profile != p || (r.key.Part != State && r.key.Part != Row) {
			continue
		}
		object := cmp.Or(p.Object, r.key.Match)
		name, ok := Fill(object, vars)
		if !ok {
			return Match{}, false
		}
		return Match{Profile: p, Key: r.key, Object: name, Vars: vars, Finding: Finding{Confidence: r.key.Confidence}, rule: i}, true
	}
	return Match{}, false
}

// Made is a key of an object, by its name.
type Made struct {
	Key  *Key
	Name string
}

// Keys returns the names of an object's keys of some parts, as far as its captures name them.
func (t *Table) Keys(p *Profile, vars Vars, parts ...Part) []Made {
	var out []Made
	for i := range t.rules {
		r := &t.rules[i]
		if r.profile != p || !slices.Contains(parts, r.key.Part) {
			continue
		}
		if name, ok := r.match.fill(vars); ok && !slices.ContainsFunc(out, func(m Made) bool { return m.Name == name }) {
			out = append(out, Made{Key: r.key, Name: name})
		}
	}
	return out
}
