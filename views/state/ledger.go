// Package state keeps what bustop remembers from one run to the next: files below the folder that the
// XDG Base Directory Specification names for state.
package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/adrg/xdg"
	"github.com/gofrs/flock"

	"bustop/backends"
)

// The bounds of a ledger.
const (
	// maxAge is how long a note is kept.
	maxAge = 90 * 24 * time.Hour
	// maxNotes is how many are kept; beyond it those go first that have not changed for longest.
	maxNotes = 4096
	// maxSize is the largest file that is read, in bytes; notes have a few hundred each.
	maxSize = 8 << 20
	// lockTime is how long another process may keep the file; it needs milliseconds.
	lockTime = 2 * time.Second
	// format is the version of the file's form.
	format = 1
)

// Ledger is a file of notes, shared by all processes of a user.
type Ledger struct {
	path string
	now  func() time.Time
}

// DefaultPath is where the notes of looks are kept.
func DefaultPath() string { return filepath.Join(xdg.StateHome, "bustop", "looks.json") }

// NewLedger returns the ledger in a file, which need not be there yet. Nothing is read or written
// before the first look.
func NewLedger(path string) *Ledger { return &Ledger{path, time.Now} }

// content is what is in the file.
type content struct {
	Format int `json:"format"`
	// Lost says what happened to the file before this one, LostAt when.
	Lost   string    `json:"lost,omitempty"`
	LostAt time.Time `json:"lost_at,omitzero"`
	Notes  []note    `json:"notes"`
}

type note struct {
	Key  []string        `json:"key"`
	At   time.Time       `json:"at"`
	Text json.RawMessage `json:"note"`
}

// Change implements backends.Ledger. The file is replaced in one step while a lock on a file beside it is
// held.
func (l *Ledger) Change(key []string, change func(backends.Note) (string, error)) error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	lock := flock.New(l.path+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), lockTime)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, lockTime/200); errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("another process keeps %s", lock.Path())
	} else if err != nil {
		return err
	}
	defer lock.Close()
	c, changed, err := l.read()
	if err != nil {
		return err
	}
	more, err := c.change(key, l.now(), change)
	if changed || more {
		err = errors.Join(err, l.write(c))
	}
	return err
}

// change has one note changed and reports whether it was.
func (c *content) change(key []string, now time.Time, change func(backends.Note) (string, error)) (bool, error) {
	expired := func(n note) bool { return now.Sub(n.At) > maxAge }
	at := slices.IndexFunc(c.Notes, func(n note) bool { return slices.Equal(n.Key, key) && !expired(n) })
	var old backends.Note
	if at >= 0 {
		old.Text = string(c.Notes[at].Text)
	}
	if now.Sub(c.LostAt) <= maxAge {
		old.Lost = c.Lost
	}
	text, err := change(old)
	if err != nil || text == old.Text {
		return false, err
	}
	c.Notes = slices.DeleteFunc(c.Notes, func(n note) bool { return slices.Equal(n.Key, key) || expired(n) })
	if text != "" {
		c.Notes = append(c.Notes, note{key, now.UTC(), json.RawMessage(text)})
	}
	// What changed last is last.
	c.Notes = c.Notes[max(len(c.Notes)-maxNotes, 0):]
	return true, nil
}

// read reads the file. A damaged one is put aside, so that what it held can be looked at, and the next
// one tells of it; changed says that it must be written therefore.
func (l *Ledger) read() (c *content, changed bool, err error) {
	c = &content{Format: format}
	file, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	file.Close()
	if err != nil {
		return nil, false, err
	}
	why := c.parse(data)
	if why == "" {
		return c, false, nil
	}
	if c.Format > format {
		return nil, false, fmt.Errorf("%s was written by a later version of bustop", l.path)
	}
	aside := l.path + ".damaged"
	if err := os.Rename(l.path, aside); err != nil {
		return nil, false, err
	}
	now := l.now().UTC()
	return &content{
		Format: format, LostAt: now,
		Lost: fmt.Sprintf("the file that keeps it was damaged (%s) and was put aside as %s on %s", why, aside, now.Format(time.DateOnly)),
	}, true, nil
}

// parse reads the file's text and says what is wrong with it.
func (c *content) parse(data []byte) string {
	c.Format = 0
	if len(data) > maxSize {
		return "it is too large"
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return "it is empty"
	}
	if err := json.Unmarshal(data, c); err != nil {
		return "it is not the JSON that it should be"
	}
	switch {
	case c.Format != format:
		return "its form is unknown"
	case slices.ContainsFunc(c.Notes, func(n note) bool { return len(n.Key) == 0 || n.At.IsZero() || len(n.Text) == 0 }):
		return "a note in it is not whole"
	}
	return ""
}

// write puts the content in the place of the file, whole or not at all.
func (l *Ledger) write(c *content) (err error) {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(l.path), ".looks-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temporary.Close()
			os.Remove(temporary.Name())
		}
	}()
	if _, err = temporary.Write(append(data, '\n')); err != nil {
		return err
	}
	if err = temporary.Sync(); err != nil {
		return err
	}
	if err = temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), l.path)
}
