package inspector_test

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/ui"
	"bustop/views"
	"bustop/views/inspector"
	"bustop/views/viewtest"
)

// row is the line of a screen that has a text, without its styles.
func row(s *inspector.Screen, text string) string {
	for line := range strings.SplitSeq(viewtest.Text(s, 100, 30), "\n") {
		if strings.Contains(line, text) {
			return strings.TrimRight(line, " ")
		}
	}
	return ""
}

func TestSearchInTheTree(t *testing.T) {
	inspect(t, message(`{"a":{"name":"Anna"},"b":[{"name":"Ben"},{"name":"Cleo"}]}`), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Press(t, nav, s, "down", "enter") // folds a
		viewtest.Lacks(t, s, "Anna")
		viewtest.Press(t, nav, s, "/", "b[*].name")
		viewtest.Shows(t, s, "/b[*].name", "1/2")
		viewtest.Press(t, nav, s, "esc")
		viewtest.Lacks(t, s, "1/2", "/b")
		viewtest.Press(t, nav, s, "home", "/", "NAME", "enter")
		viewtest.Shows(t, s, "/NAME 1/3", "▌      name: Anna", "•        name: Cleo")
		viewtest.Press(t, nav, s, "n", "n")
		viewtest.Shows(t, s, "3/3", "▌        name: Cleo")
		viewtest.Press(t, nav, s, "n")
		viewtest.Shows(t, s, "1/3")
		viewtest.Press(t, nav, s, "N")
		viewtest.Shows(t, s, "3/3")
		viewtest.Press(t, nav, s, "esc")
		viewtest.Lacks(t, s, "/NAME", "•")
		if _, ok := ui.Match(s.Bindings(), keyN()); ok {
			t.Error("n means something without a search")
		}
		viewtest.Press(t, nav, s, "/", "zzz", "enter")
		viewtest.Shows(t, s, "/zzz not found", "▌")
	})
}

func TestSearchInText(t *testing.T) {
	inspect(t, message("first\n"+strings.Repeat("other\n", 60)+"The LAST one\n"+strings.Repeat("other\n", 9)), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		s.Render(100, 30)
		viewtest.Press(t, nav, s, "/", "last one", "enter")
		viewtest.Shows(t, s, "1/1", "▌The LAST one")
		viewtest.Lacks(t, s, "first")
		viewtest.Press(t, nav, s, "]", "]") // JSON, hex
		viewtest.Shows(t, s, "[hex]", "/last one 1/1")
		viewtest.Press(t, nav, s, "n")
		viewtest.Shows(t, s, "54 20 6f  6e 65")
	})
}

func TestSearchInBytes(t *testing.T) {
	body := strings.Repeat("\x00", 1600) + "\xde\xad\xbe\xef" + strings.Repeat("\x01", 1600)
	inspect(t, message(body), func(t *testing.T, d *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Shows(t, s, "[hex]")
		viewtest.Press(t, nav, s, "/", "de adbe", "enter")
		viewtest.Shows(t, s, "1/1", "00000640  de ad be ef")
		if screen := strings.Join(s.Render(100, 30), "\n"); !strings.Contains(screen, d.Theme.Accent.Paint("de ad be")) {
			t.Errorf("the match is not marked:\n%s", screen)
		}
		viewtest.Press(t, nav, s, "/", "q", "enter")
		viewtest.Shows(t, s, "not found")
	})
}

func TestALargePayloadIsSearchedOnEnter(t *testing.T) {
	body := `["` + strings.Repeat("x", 2<<20) + `","needle"]`
	inspect(t, message(body), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Press(t, nav, s, "/", "needle")
		viewtest.Shows(t, s, "enter finds it")
		viewtest.Press(t, nav, s, "enter")
		viewtest.Shows(t, s, "/needle 1/1", "▌    [1]: needle")
	})
}

func TestPayloadsInsideOpenInPlace(t *testing.T) {
	inspect(t, message(nested()), func(t *testing.T, d *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Shows(t, s, "▸ body: ⟨json⟩", "▸ raw: ⟨cbor⟩ h'a2")
		viewtest.Press(t, nav, s, "end", "right", "up", "enter")
		viewtest.Shows(t, s, "▾ body: ⟨json⟩", "▾ ⟨json⟩: {3}", "event: paid", "▸ proof: ⟨base64 → json⟩", "▾ raw: ⟨cbor⟩", "▾ ⟨cbor⟩: {2}", "ok: true")
		viewtest.Press(t, nav, s, "down", "down")
		viewtest.Shows(t, s, "▌        event: paid", "string, bytes 9–14 of the json inside")
		screen := strings.Join(s.Render(130, 20), "\n")
		if !strings.Contains(screen, d.Theme.Accent.Paint(`"paid"`)) {
			t.Errorf("its bytes are not marked:\n%s", screen)
		}
		viewtest.Press(t, nav, s, "end", "up", "up", "up", "up", "right")
		viewtest.Shows(t, s, "▾ proof: ⟨base64 → json⟩", "by: card")
		viewtest.Press(t, nav, s, "home", "/", "card", "enter")
		viewtest.Shows(t, s, "/card 1/1")
		if got := row(s, "by: card"); !strings.HasPrefix(got, "▌") {
			t.Errorf("the search did not find what is inside: %q", got)
		}
		viewtest.Press(t, nav, s, "]", "]", "]")
		viewtest.Shows(t, s, "[hex]", `00000000  7b 22 62 79 22 3a`)
		viewtest.Press(t, nav, s, "]", "esc", "home", "/", "id", "enter", "esc", "end", "left", "left", "left", "left")
		viewtest.Lacks(t, s, "ok: true")
		viewtest.Shows(t, s, "▸ raw: ⟨cbor⟩")
	})
}

func TestDiagnosticFormsTakeTurns(t *testing.T) {
	inspect(t, message("\xa1bid\x19\x03\xe8"+"\xa1bok\xf5"), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Press(t, nav, s, "]")
		plain := viewtest.Text(s, 100, 30)
		viewtest.Press(t, nav, s, "w")
		viewtest.Shows(t, s, "with widths", "1000_1")
		viewtest.Lacks(t, s, "/    0 /")
		viewtest.Press(t, nav, s, "w")
		viewtest.Shows(t, s, "with offsets", "/    0 /")
		viewtest.Lacks(t, s, "1000_1")
		viewtest.Press(t, nav, s, "w")
		viewtest.Shows(t, s, "with widths and offsets", "/    0 /", "1000_1")
		viewtest.Press(t, nav, s, "w")
		if got := viewtest.Text(s, 100, 30); got != plain {
			t.Errorf("after a round:\n%s", got)
		}
	})
}

func TestTheHexTabOpensAtTheSelectedNode(t *testing.T) {
	body := `["` + strings.Repeat("x", 4096) + `","needle"]`
	inspect(t, message(body), func(t *testing.T, d *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Press(t, nav, s, "end", "[")
		viewtest.Shows(t, s, "[hex]", "string, bytes 4100–4107")
		if screen := strings.Join(s.Render(100, 30), "\n"); !strings.Contains(screen, d.Theme.Accent.Paint(`"needle"`)) {
			t.Errorf("the node is not marked:\n%s", screen)
		}
	})
}

func keyN() tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("n")} }
