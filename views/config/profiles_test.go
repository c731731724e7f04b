package config_test

import (
	"testing"

	"bustop/backends"
	"bustop/backends/redis/profile"
	"bustop/views/config"

	"github.com/google/go-cmp/cmp"
)

// What the console says to write into the file, when a rule was switched off, can be read for every rule.
func TestEachRuleCanBeOff(t *testing.T) {
	for _, p := range profile.Builtin() {
		f, err := config.Load(write(t, 0o600, "profiles: [{off: "+p.Name+"}]\n"))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff([]backends.ProfileRule{{Off: p.Name}}, f.Rules()); diff != "" {
			t.Error(diff)
		}
	}
}
