package backends_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bustop/backends"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][]string{
		"redis://h":                                   {"h"},
		"redis+sentinel://u:p@h:1,g:2/m/0":            {"h:1", "g:2"},
		"redis+cluster://[::1]:7000,h,10.0.0.1:7002":  {"[::1]:7000", "h", "10.0.0.1:7002"},
		"redis+cluster://u:a,b@h:1,g:2/?read=x,y#z,z": {"h:1", "g:2"},
		"redis://u:a,b@h:1/0":                         {"h:1"},
		"unix:///run/a,b.sock":                        {""},
	} {
		u, err := backends.ParseURL(raw)
		if err != nil || !slices.Equal(backends.Hosts(u), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
			continue
		}
		if shown := backends.Redact(u); strings.Contains(shown, "@") || strings.Contains(shown, "?") {
			t.Errorf("%s is shown as %s", raw, shown)
		}
		again, err := backends.ParseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("%s becomes %s, %v", raw, u, err)
		}
	}
	for _, raw := range []string{"", "redis", "redis://", "redis://s3cret,", "redis://,s3cret", "redis://u:s3cret@h:1,g:x", "redis://h:1,s3 cret"} {
		u, err := backends.ParseURL(raw)
		if err == nil || backends.ReasonOf(err) != backends.BadUsage || strings.Contains(fmt.Sprintf("%v %+v", err, err), "s3cret") {
			t.Errorf("%q: %v, %v", raw, u, err)
		}
	}
}
