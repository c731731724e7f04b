package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"github.com/goccy/go-yaml"
)

// Keeper writes pins into a configuration file. It changes the lines of the pin and no other, and
// only when the file then reads the same but for the pin.
type Keeper struct {
	// Path is the file; it is made when it is not there.
	Path string
}

// SetPin puts a pin in front of the others, in place of one with the same pattern.
func (k Keeper) SetPin(match, as string) error {
	pin := pinText{match, as}
	return k.change(pin.advice(), func(e *pinEdit) error {
		if err := e.remove(match); err != nil {
			return err
		}
		return e.insert(pin)
	})
}

// RemovePin takes the pins with this pattern away.
func (k Keeper) RemovePin(match string) error {
	advice := "take the pin with match " + quoted(match) + " out by hand"
	return k.change(advice, func(e *pinEdit) error { return e.remove(match) })
}

// pinText is a pin as text.
type pinText struct{ match, as string }

func (p pinText) advice() string {
	return fmt.Sprintf("add by hand, under decode and pins: {match: %s, as: %s}", quoted(p.match), quoted(p.as))
}

// change edits the file and replaces it in one step.
func (k Keeper) change(advice string, edit func(*pinEdit) error) error {
	path, data, mode, err := k.open()
	if err != nil {
		return err
	}
	before, err := parse(path, data, mode)
	if err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	e := &pinEdit{data: data, pins: before.pins()}
	if err := edit(e); err != nil {
		return &Error{Path: path, What: err.Error() + "; " + advice}
	}
	if bytes.Equal(e.data, data) {
		return nil
	}
	after, err := parse(path, e.data, mode)
	if err != nil || !reflect.DeepEqual(after.pins(), e.pins) || !sameBut(data, e.data) {
		return &Error{Path: path, What: "the pin has no safe place in it; " + advice}
	}
	return replace(path, e.data, mode)
}

// open reads the file, following links to where it is; a file that is not there is empty.
func (k Keeper) open() (path string, data []byte, mode fs.FileMode, err error) {
	path, err = filepath.EvalSymlinks(k.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, broken := os.Lstat(k.Path); broken == nil {
			return "", nil, 0, &Error{Path: k.Path, What: "is a link to nothing"}
		}
		if err := os.MkdirAll(filepath.Dir(k.Path), 0o700); err != nil {
			return "", nil, 0, err
		}
		return k.Path, nil, 0o600, nil
	}
	if err != nil {
		return "", nil, 0, err
	}
	// The file is replaced, which its own permissions would not forbid.
	writable, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return "", nil, 0, err
	}
	writable.Close()
	data, mode, err = read(path)
	return path, data, mode, err
}

// replace puts data in the place of a file, whole or not at all.
func replace(path string, data []byte, mode fs.FileMode) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".config-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temporary.Close()
			os.Remove(temporary.Name())
		}
	}()
	if err = temporary.Chmod(mode); err != nil {
		return err
	}
	if _, err = temporary.Write(data); err != nil {
		return err
	}
	if err = temporary.Sync(); err != nil {
		return err
	}
	if err = temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

func (f *File) pins() []pinText {
	var pins []pinText
	for _, p := range f.Decode.Pins {
		pins = append(pins, pinText{p.Match.Value, p.As.Value})
	}
	return pins
}

// sameBut reports whether two files mean the same, the pins aside.
func sameBut(a, b []byte) bool {
	x, okX := withoutPins(a)
	y, okY := withoutPins(b)
	return okX && okY && reflect.DeepEqual(x, y)
}

func withoutPins(data []byte) (map[string]any, bool) {
	var content map[string]any
	err := guarded(func() error { return yaml.Unmarshal(data, &content) })
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false
	}
	if content == nil { // nothing but comments
		content = map[string]any{}
	}
	section := content["decode"]
	keys, mapping := section.(map[string]any)
	delete(keys, "pins")
	if section == nil || mapping && len(keys) == 0 {
		delete(content, "decode")
	}
	return content, true
}
