package decoders

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestFormatsPage holds docs/formats.md to the formats there are: each has one row with a
// specification, and what has a row is a format.
func TestFormatsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`-][^`]*)` \\| ([^|]*) \\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\|$").FindAllSubmatch(page, -1) {
		named = append(named, string(row[1]))
		if len(row[2]) == 0 {
			t.Errorf("%s names no specification", row[1])
		}
	}
	want := Formats()
	slices.Sort(want)
	slices.Sort(named)
	if !slices.Equal(named, want) {
		t.Errorf("rows for %v\nformats are %v", named, want)
	}
}
