package golden

import "testing"

func TestFormat(t *testing.T) {
	if got, want := format([]string{"a \x1b[1mb\x1b[0m ", `\e`, "\t"}), "a \\e[1mb\\e[0m |\n\\\\e|\n\\?|\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("BUSTOP_UPDATE_GOLDEN", "1")
	Check(t, "a/b", []string{"世界"})
	t.Setenv("BUSTOP_UPDATE_GOLDEN", "")
	Check(t, "a/b", []string{"世界"})
}
