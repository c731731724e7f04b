package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bustop/backends"
)

func TestPeekFollowsThePinsOfTheConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	for pattern, want := range map[string]bool{"queue/ord*": true, "a:queue/orders": true, "b:queue/orders": false, "stream/*": false} {
		text := "decode:\n  pins:\n    - match: " + pattern + "\n      as: binary\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b := one()
		b.sources["a"].plan = backends.Plan{Consent: backends.Free}
		r := b.run(t, "peek", "queue/orders", "--url", "double://a", "--config", path, "-o", "jsonl")
		if got := strings.Contains(r.stdout, `"reason":"as pinned for `+pattern); got != want || r.status != 0 {
			t.Errorf("%s: %v, status %d\n%s", pattern, got, r.status, r.stdout)
		}
	}
}
