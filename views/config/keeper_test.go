package config_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bustop/views/config"
)

// example is a file as people write them: comments, blank lines and an order of its own.
const example = `# mine
current: a # the usual one

contexts:
  a:
    # why
    sources:
      - {name: x, url: "redis://h"}   # first

      - url: amqp://h
# the end
`

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSetPinChangesNothingElse(t *testing.T) {
	crlf := strings.ReplaceAll(example, "\n", "\r\n")
	for _, c := range []struct{ name, before, after string }{
		{"nothing there", "", "decode:\n  pins:\n    - match: queue/o.*\n      as: gzip → msgpack\n"},
		{"comments only", "# mine\n", "# mine\n\ndecode:\n  pins:\n    - match: queue/o.*\n      as: gzip → msgpack\n"},
		{"no section", example, example + "\ndecode:\n  pins:\n    - match: queue/o.*\n      as: gzip → msgpack\n"},
		{"no newline at the end", "current: ''", "current: ''\n\ndecode:\n  pins:\n    - match: queue/o.*\n      as: gzip → msgpack\n"},
		{"carriage returns", crlf, crlf + "\r\ndecode:\r\n  pins:\r\n    - match: queue/o.*\r\n      as: gzip → msgpack\r\n"},
		{"an empty section", "decode: # later\n# x\n" + example, "decode: # later\n  pins:\n    - match: queue/o.*\n      as: gzip → msgpack\n# x\n" + example},
		{"no pins", "decode:\n   pins:   # none\n\n" + example, "decode:\n   pins:   # none\n     - match: queue/o.*\n       as: gzip → msgpack\n\n" + example},
		{"an empty list", "decode:\n  pins: []   # none\n" + example, "decode:\n  pins:   # none\n    - match: queue/o.*\n      as: gzip → msgpack\n" + example},
		{
			"other pins", "decode:\n  pins:\n  # tight\n  - {match: queue/*, as: json} # all\n" + example,
			"decode:\n  pins:\n  - match: queue/o.*\n    as: gzip → msgpack\n  # tight\n  - {match: queue/*, as: json} # all\n" + example,
		},
		{
			"the same pattern",
			"decode:\n  pins:\n    # the shop\n    - match: queue/*\n      as: json\n\n    # old\n    - as: \"cbor\" # was\n      match: 'queue/o.*'\n    # next\n    - {match: key/*, as: text}\n\n" + example,
			"decode:\n  pins:\n    - match: queue/o.*\n      as: gzip → msgpack\n    # the shop\n    - match: queue/*\n      as: json\n\n    # old\n    # next\n    - {match: key/*, as: text}\n\n" + example,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, 0o640, c.before)
			if err := (config.Keeper{Path: path}).SetPin("queue/o.*", "gzip → msgpack"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.after, content(t, path)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			f, err := config.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if p := f.Decode.Pins[0]; p.Match.Value != "queue/o.*" || p.As.Value != "gzip → msgpack" {
				t.Errorf("the first pin is %+v", p)
			}
			if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v", info.Mode())
			}
			if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
				t.Errorf("files left: %v", entries)
			}
		})
	}
}

func TestRemovePin(t *testing.T) {
	with := "decode:\n  pins:\n    # a\n    - match: queue/a\n      as: json\n    # b\n    - match: queue/b\n      as: cbor\n" + example
	path := write(t, 0o600, with)
	k := config.Keeper{Path: path}
	if err := k.RemovePin("queue/c"); err != nil || content(t, path) != with {
		t.Errorf("a pin that is not there: %v\n%s", err, content(t, path))
	}
	for _, step := range []struct{ match, want string }{
		{"queue/a", "decode:\n  pins:\n    # a\n    # b\n    - match: queue/b\n      as: cbor\n" + example},
		{"queue/b", "decode:\n  pins:\n    # a\n    # b\n" + example},
	} {
		if err := k.RemovePin(step.match); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, content(t, path)); diff != "" {
			t.Errorf("without %s, -want +got:\n%s", step.match, diff)
		}
	}
	if _, err := config.Load(path); err != nil {
		t.Error(err)
	}
}

// TestPatternsOfAnyName holds that what a name may hold is read back as it was written.
func TestPatternsOfAnyName(t *testing.T) {
	path := write(t, 0o600, example)
	for _, match := range []string{
		"queue/a b", "queue/a: b", "queue/a #b", "stream/a#b", `queue/a\eb`, `queue/"q"`, "queue/日本語", "bus:queue/*", "*", "redis://h:6379:key/a",
		"queue/'", "queue/a\u2028b", "queue/<>&", "channel/[x]", "queue/ ", "queue/a ", "queue/{a}", "queue/a,b",
	} {
		if err := (config.Keeper{Path: path}).SetPin(match, "protobuf:shop.v1.Order"); err != nil {
			t.Errorf("%q: %v", match, err)
			continue
		}
		f, err := config.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Decode.Pins[0]; got.Match.Value != match || got.As.Value != "protobuf:shop.v1.Order" {
			t.Errorf("%q was read as %+v", match, got)
		}
		if !strings.HasPrefix(content(t, path), example) {
			t.Fatalf("the rest has changed:\n%s", content(t, path))
		}
	}
}

func TestWhatCannotBeEditedStays(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"flow style", "{current: ''}\n", "add by hand, under decode and pins: {match: queue/a, as: json}"},
		{"flow list", "decode:\n  pins: [{match: queue/b, as: json}]\n", "add by hand"},
		{"flow section", "decode: {pins: []}\n", "add by hand"},
		{"behind the end", "current: ''\n...\n", "add by hand"},
		{"an anchor", "decode: &d\n  pins:\n    - {match: queue/b, as: json}\n", ""},
		{"broken", "current: [\n", "nothing was written"},
		{"unknown key", "sources: []\n", "nothing was written"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, 0o600, c.text)
			err := config.Keeper{Path: path}.SetPin("queue/a", "json")
			if err == nil {
				// What is written must hold.
				f, fault := config.Load(path)
				if c.want != "" || fault != nil || f.Decode.Pins[0].Match.Value != "queue/a" {
					t.Errorf("accepted (%v):\n%s", fault, content(t, path))
				}
				return
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
			if got := content(t, path); got != c.text {
				t.Errorf("the file was changed:\n%s", got)
			}
		})
	}
}

func TestKeeperMakesFileAndFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bustop")
	path := filepath.Join(dir, "config.yaml")
	if err := (config.Keeper{Path: path}).SetPin("queue/a", "json"); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{dir: 0o700, path: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestKeeperFollowsLinks(t *testing.T) {
	target := write(t, 0o600, example)
	link := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := (config.Keeper{Path: link}).SetPin("queue/a", "json"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if !strings.Contains(content(t, target), "queue/a") {
		t.Error("the file behind the link was not written")
	}
	nowhere := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(t.TempDir(), "gone"), nowhere); err != nil {
		t.Fatal(err)
	}
	if err := (config.Keeper{Path: nowhere}).SetPin("queue/a", "json"); err == nil {
		t.Error("a link to nothing was replaced")
	}
}

// FuzzSetPin holds that a file either stays as it is or gets the pin and keeps every line that it had.
func FuzzSetPin(f *testing.F) {
	for _, seed := range []string{
		"", example, "decode:\n", "decode:\n  pins:\n  - {match: queue/*, as: json}\n", "decode:\n  pins: []\n", "---\ndecode: # x\n",
		"decode:\n  pins:\n    - match: >\n        queue/a\n      as: json\n# x\n", "\ufeffcurrent: ''\n", "decode:\n  pins:\n    - &a {match: queue/b, as: json}\n    - *a\n",
		"decode: |\n  pins:\n", "\"decode\":\n  \"pins\":\n", "decode:\r\n  pins:\r\n", "? decode\n: pins:\n", "decode:\n  pins: !!seq\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := write(t, 0o600, text)
		err := config.Keeper{Path: path}.SetPin("queue/a", "json")
		got := content(t, path)
		if err != nil {
			if got != text {
				t.Fatalf("%v, and yet the file was changed:\n%q", err, got)
			}
			return
		}
		file, err := config.Load(path)
		if err != nil || file.Decode.Pins[0].Match.Value != "queue/a" {
			t.Fatalf("%v:\n%q", err, got)
		}
		rest := strings.Split(got, "\n")
		for line := range strings.SplitSeq(text, "\n") {
			i := 0
			for i < len(rest) && strings.TrimRight(rest[i], "\r") != strings.TrimRight(line, "\r") {
				i++
			}
			if i == len(rest) && !strings.Contains(line, "[") && !strings.Contains(text, "queue/a") {
				t.Fatalf("the line %q is gone:\n%q", line, got)
			}
			rest = rest[min(i+1, len(rest)):]
			if strings.Contains(line, "[") || strings.Contains(text, "queue/a") {
				return // a list that was empty, or a pin that moved
			}
		}
	})
}
