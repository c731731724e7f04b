package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"bustop/backends"
)

// get reads a note without changing it.
func get(t *testing.T, l *Ledger, key ...string) backends.Note {
	t.Helper()
	var got backends.Note
	if err := l.Change(key, func(n backends.Note) (string, error) { got = n; return n.Text, nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func put(t *testing.T, l *Ledger, text string, key ...string) {
	t.Helper()
	if err := l.Change(key, func(backends.Note) (string, error) { return text, nil }); err != nil {
		t.Fatal(err)
	}
}

// ledgerAt is a ledger in a folder that is not there yet.
func ledgerAt(t *testing.T) *Ledger {
	t.Helper()
	return NewLedger(filepath.Join(t.TempDir(), "a", "b", "looks.json"))
}

func TestLedgerKeeps(t *testing.T) {
	l := ledgerAt(t)
	if got := get(t, l, "a", "q"); got != (backends.Note{}) {
		t.Errorf("nothing was kept: %+v", got)
	}
	if _, err := os.Stat(l.path); !os.IsNotExist(err) {
		t.Errorf("reading wrote a file: %v", err)
	}
	put(t, l, `{"n":1}`, "a", "q")
	put(t, l, `2`, "a", "q\x00ü")
	other := NewLedger(l.path)
	put(t, other, `3`, "aq")
	for name, want := range map[string]string{"a/q": `{"n":1}`, "a/q\x00ü": `2`, "aq": `3`, "a": "", "a/q/": ""} {
		if got := get(t, l, strings.Split(name, "/")...); got.Text != want || got.Lost != "" {
			t.Errorf("%q: %+v, want %q", name, got, want)
		}
	}
	put(t, other, "", "a", "q")
	if got := get(t, l, "a", "q"); got.Text != "" {
		t.Errorf("forgotten: %+v", got)
	}
	for _, path := range []string{l.path, l.path + ".lock"} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(l.path), ".looks-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLedgerErrorOfChangeKeeps(t *testing.T) {
	l, refused := ledgerAt(t), errors.New("no")
	put(t, l, `1`, "q")
	if err := l.Change([]string{"q"}, func(backends.Note) (string, error) { return `2`, refused }); !errors.Is(err, refused) {
		t.Errorf("error: %v", err)
	}
	if got := get(t, l, "q"); got.Text != `1` {
		t.Errorf("note: %+v", got)
	}
}

// TestLedgerOfMany: what several change at once is changed by one after the other.
func TestLedgerOfMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "looks.json")
	const each = 10
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			l := NewLedger(path)
			for range each {
				if err := l.Change([]string{"q"}, func(n backends.Note) (string, error) {
					count, _ := strconv.Atoi(n.Text)
					return strconv.Itoa(count + 1), nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := get(t, NewLedger(path), "q"); got.Text != strconv.Itoa(4*each) {
		t.Errorf("%s changes, want %d", got.Text, 4*each)
	}
}

func TestLedgerIsBusy(t *testing.T) {
	l := ledgerAt(t)
	put(t, l, `1`, "q")
	lock := flock.New(l.path + ".lock")
	if ok, err := lock.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer lock.Close()
	err := l.Change([]string{"q"}, func(backends.Note) (string, error) { t.Error("changed"); return "", nil })
	if err == nil || !strings.Contains(err.Error(), "another process keeps "+l.path+".lock") {
		t.Errorf("error: %v", err)
	}
}

func TestLedgerForgets(t *testing.T) {
	l := ledgerAt(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l.now = func() time.Time { return now }
	put(t, l, `1`, "old")
	now = now.Add(maxAge)
	put(t, l, `2`, "young")
	if got := get(t, l, "old"); got.Text != `1` {
		t.Errorf("as old as it may be: %+v", got)
	}
	now = now.Add(1)
	if got := get(t, l, "old"); got.Text != "" {
		t.Errorf("too old: %+v", got)
	}
	put(t, l, `3`, "young")
	if data, err := os.ReadFile(l.path); err != nil || strings.Contains(string(data), `"old"`) {
		t.Errorf("still in the file: %s, %v", data, err)
	}
	c := &content{}
	for i := range maxNotes + 2 {
		if i == maxNotes {
			if _, err := c.change([]string{"0"}, now, func(backends.Note) (string, error) { return `"again"`, nil }); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.change([]string{strconv.Itoa(i)}, now, func(backends.Note) (string, error) { return `1`, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.Notes) != maxNotes || c.Notes[0].Key[0] != "3" || string(c.Notes[maxNotes-3].Text) != `"again"` {
		t.Errorf("%d notes from %s, %s", len(c.Notes), c.Notes[0].Key, c.Notes[maxNotes-3].Text)
	}
}

// TestLedgerDamaged: a file that cannot be read is put aside and told of, and the next one works.
func TestLedgerDamaged(t *testing.T) {
	whole, err := json.Marshal(content{Format: format, Notes: []note{{[]string{"q"}, time.Now(), json.RawMessage(`1`)}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"it is empty": " \n", "it is not the JSON": string(whole[:len(whole)/2]), "its form is unknown": `{"notes":[]}`,
		"a note in it is not whole": fmt.Sprintf(`{"format":%d,"notes":[{"key":["q"]}]}`, format), "it is too large": strings.Repeat(" ", maxSize+1),
	} {
		t.Run(name, func(t *testing.T) {
			l := NewLedger(filepath.Join(t.TempDir(), "looks.json"))
			if err := os.WriteFile(l.path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time from the new file
				if got := get(t, l, "q"); got.Text != "" || !strings.Contains(got.Lost, name) || !strings.Contains(got.Lost, l.path+".damaged") {
					t.Errorf("note: %+v", got)
				}
			}
			put(t, l, `2`, "q")
			if got := get(t, NewLedger(l.path), "q"); got.Text != `2` {
				t.Errorf("note: %+v", got)
			}
			if data, err := os.ReadFile(l.path + ".damaged"); err != nil || string(data) != text {
				t.Errorf("put aside: %q, %v", data, err)
			}
			l.now = func() time.Time { return time.Now().Add(maxAge + time.Hour) }
			if got := get(t, l, "q"); got != (backends.Note{}) {
				t.Errorf("long after: %+v", got)
			}
		})
	}
}

func TestLedgerThatCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	later := filepath.Join(dir, "later.json")
	if err := os.WriteFile(later, []byte(`{"format":99,"notes":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(file, "looks.json"): file, dir: dir, later: "later version",
	} {
		err := NewLedger(path).Change([]string{"q"}, func(backends.Note) (string, error) { return `1`, nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if data, err := os.ReadFile(later); err != nil || string(data) != `{"format":99,"notes":{}}` {
		t.Errorf("a later version's file: %s, %v", data, err)
	}
}
