package ui

import (
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, plain string }{
		{"ascii", "orders:1", "orders:1"},
		{"backslash", `a\eb`, `a\\eb`},
		{"escape", "a\x1b[31mb", `a\e[31mb`},
		{"newline, tab, return", "a\n\t\rb", `a\n\t\rb`},
		{"other control", "\x00\x07\x7f", `\x00\x07\x7f`},
		{"C1 as a byte and as a character", "\x9b2J\u009b2J", `\x9b2J\x9b2J`},
		{"bad bytes", "a\xff\xc3", `a\xff\xc3`},
		{"letters", "Grüße, 世界, 한국, ёлка", "Grüße, 世界, 한국, ёлка"},
		{"no-break space", "a\u00a0b", `a\u{a0}b`},
		{"bidi", "a\u202eb\u2066c", `a\u{202e}b\u{2066}c`},
		{"zero width", "a\u200bb\ufeff", `a\u{200b}b\u{feff}`},
		{"one mark", "e\u0301", "e\u0301"},
		{"three marks", "e\u0301\u0302\u0303", `e\u{301}\u{302}\u{303}`},
		{"mark first", "\u0301e", `\u{301}e`},
		{"mark after an escape", "\n\u0301", `\n\u{301}`},
		{"mark after a backslash", "\\\u0301", `\\\u{301}`},
		{"family emoji", "👨\u200d👩", `👨\u{200d}\u{1f469}`},
		{"emoji with selector", "❤\ufe0f", `❤\u{fe0f}`},
		{"flag", "🇩🇪", `\u{1f1e9}\u{1f1ea}`},
		{"skin tone", "👍🏽", `👍\u{1f3fd}`},
		{"frame", "│x", `\u{2502}x`},
		{"right to left", "שלום", `\u{5e9}\u{5dc}\u{5d5}\u{5dd}`},
		{"replacement character", "\ufffd", `\u{fffd}`},
		{"jamo", "\u1100\u1161", `\u{1100}\u{1161}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := CleanPlain(tt.in); got != tt.plain {
				t.Errorf("CleanPlain(%q) = %q, want %q", tt.in, got, tt.plain)
			}
			styled := strings.NewReplacer(escapeOn, "", escapeOff, "").Replace(Clean(tt.in))
			if want := strings.ReplaceAll(tt.plain, `\\`, `\`); styled != want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, styled, want)
			}
		})
	}
}
