package config

import (
	"cmp"
	"fmt"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// Rules are the profiles as sources take them.
func (f *File) Rules() []backends.ProfileRule {
	var rules []backends.ProfileRule
	for _, p := range f.Profiles {
		rules = append(rules, p.rule())
	}
	return rules
}

func (p *Profile) rule() backends.ProfileRule {
	return backends.ProfileRule{
		Off: p.Off.Value, Name: p.Name.Value, Match: p.Match.Value, Kind: p.Kind.Value,
		Type: p.Type.Value, Library: p.Library.Value, Decode: p.Decode.Value,
	}
}

func (f *File) checkProfiles() error {
	for i, p := range f.Profiles {
		if p == nil {
			return &Error{Path: f.Path, What: fmt.Sprintf("profiles: profile %d is empty", i+1)}
		}
		if what := profile.FromRule(p.rule()).Check(); what != "" {
			at := cmp.Or(p.Off.at, p.Match.at, p.Name.at, p.Kind.at)
			return f.fault(at, "profiles: "+what)
		}
	}
	return nil
}
