package profile

import (
	"cmp"
	"testing"
)

// example is a key that a rule is for, as far as its form, its type and what stands beside it say.
func (r *rule) example() (Evidence, bool) {
	for _, value := range []string{"x17", "a{b}", "bull"} {
		vars := Vars{}
		for _, p := range r.match.parts {
			if p.name != "" {
				vars[p.name] = value
			}
			if p.class == 'd' {
				vars[p.name] = "17"
			}
		}
		name, ok := r.match.fill(vars)
		if !ok || !r.key.allows(name) {
			continue
		}
		e := key(cmp.Or(r.key.Type, "string"), name, 1000)
		if other, ok := r.beside.fill(vars); ok && other != "" {
			e.Beside[other] = cmp.Or(r.besideType, "string")
		}
		return e, true
	}
	return Evidence{}, false
}

// TestEveryKeyIsReached: no rule is hidden by one before it, and each that judges content has a fixture.
func TestEveryKeyIsReached(t *testing.T) {
	table, err := New()
	if err != nil {
		t.Fatal(err)
	}
	reached := map[*Key]bool{}
	for _, f := range fixtures() {
		for _, k := range f.keys {
			m, _ := table.Recognise(k.Evidence)
			reached[m.Key] = true
		}
	}
	for i := range table.rules {
		r := &table.rules[i]
		if reached[r.key] {
			continue
		}
		e, ok := r.example()
		if !ok || r.key.Confirm != nil {
			t.Errorf("%s: no fixture is %s %s", r.profile.Name, r.key.Type, r.key.Match)
			continue
		}
		if m, _ := table.Recognise(e); m.Key != r.key {
			t.Errorf("%s: %s %s, of the form %s, is %s", r.profile.Name, e.Type, e.Name, r.key.Match, describe(m))
		}
	}
}
