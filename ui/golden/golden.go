// Package golden compares drawn lines with files, for tests of panes.
//
// Run the tests with BUSTOP_UPDATE_GOLDEN=1 to write the files anew, and read the difference before it
// is committed.
package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Check compares lines with testdata/NAME.golden in the folder of the calling test. Control characters
// are written as Go escapes, so that the files can be read and compared by eye. Each line is closed with
// "|" so that spaces at its end count.
func Check(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name)+".golden")
	got := format(lines)
	if os.Getenv("BUSTOP_UPDATE_GOLDEN") == "1" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // a test file
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (BUSTOP_UPDATE_GOLDEN=1 writes it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s: the drawing changed (-want +got):\n%s", path, diff)
	}
}

// format makes the text of a golden file.
func format(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		for _, r := range l {
			switch {
			case r == 0x1b:
				b.WriteString(`\e`)
			case r == '\\':
				b.WriteString(`\\`)
			case r < 0x20 || r == 0x7f:
				b.WriteString(`\?`)
			default:
				b.WriteRune(r)
			}
		}
		b.WriteString("|\n")
	}
	return b.String()
}
