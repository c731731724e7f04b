package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adrg/xdg"
	"github.com/goccy/go-yaml"
)

// maxSize bounds the file; a real one has a few kilobytes.
const maxSize = 1 << 20

// File is a configuration file.
type File struct {
	// Path is where it was read; "" for the empty configuration.
	Path string `yaml:"-"`
	// Current is the context used when none is named.
	Current  Text                `yaml:"current"`
	Defaults Defaults            `yaml:"defaults"`
	Contexts map[string]*Context `yaml:"contexts"`
	Decode   Decode              `yaml:"decode"`
	// Profiles are rules for what keys of Redis are: the first that fits counts, before those that
	// bustop brings along.
	Profiles []*Profile `yaml:"profiles"`
	Traces   Traces     `yaml:"traces"`
}

// Profile says what keys of a form of name are, or that a profile is off.
type Profile struct {
	Off     Text `yaml:"off"`
	Name    Text `yaml:"name"`
	Match   Text `yaml:"match"`
	Kind    Text `yaml:"kind"`
	Type    Text `yaml:"type"`
	Library Text `yaml:"library"`
	Decode  Text `yaml:"decode"`
}

// Defaults stand in for flags that are not given.
type Defaults struct {
	Timeout Text `yaml:"timeout"`
	Output  Text `yaml:"output"`
}

// Decode says how payloads are to be decoded.
type Decode struct {
	// Pins tell what payloads are; the first that matches counts.
	Pins []*Pin `yaml:"pins"`
	// Schemas are files with message types of Protocol Buffers: descriptor sets and .proto files, whose
	// imports are looked for in ProtoPaths too. Relative paths start at the configuration file's folder.
	Schemas    []Text `yaml:"schemas"`
	ProtoPaths []Text `yaml:"proto_paths"`
}

// Pin tells what the payloads of the objects are that a pattern matches.
type Pin struct {
	// Match is a target with * and ?, such as "queue/orders.*" or "bus:stream/payments#data".
	Match Text `yaml:"match"`
	// As is a format or a chain.
	As Text `yaml:"as"`
}

// Context is a named set of sources.
type Context struct {
	Sources []*Source `yaml:"sources"`
	// ReadOnly forbids arming writes in this context.
	ReadOnly bool `yaml:"read_only"`
	// Colour is one of the terminal's own colours, "" for none.
	Colour Text `yaml:"colour"`
}

// Source is one server or cluster.
type Source struct {
	Name       Text     `yaml:"name"`
	URL        Text     `yaml:"url"`
	Management Text     `yaml:"management"`
	Password   Password `yaml:"password"`
	TLS        *TLS     `yaml:"tls"`
	// Sentinel is who we are at the sentinels of redis+sentinel URLs, which have users of their own.
	Sentinel *Sentinel `yaml:"sentinel"`
	// Queues are names to show where the server lists no queues: RabbitMQ without its management API.
	Queues []Text `yaml:"queues"`
	// Taps false forbids looks that declare something on the server; absent means true.
	Taps *bool `yaml:"taps"`
}

// Sentinel is a user of Redis Sentinels. Without a user name it is the password of requirepass.
type Sentinel struct {
	User     Text     `yaml:"user"`
	Password Password `yaml:"password"`
}

// TLS names PEM files; relative paths start at the configuration file's folder.
type TLS struct {
	CA   Text `yaml:"ca"`
	Cert Text `yaml:"cert"`
	Key  Text `yaml:"key"`
	// ServerName is the name that the server's certificate must have, where that is not the host
	// of the URL: behind a tunnel, or on the nodes of a cluster that announce addresses.
	ServerName Text `yaml:"server_name"`
}

// Error is a fault in a configuration file.
type Error struct {
	Path string
	// Line and Column count from 1; 0 means the file as a whole.
	Line, Column int
	What         string
}

// Error returns "path:line:column: what".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.What
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.What)
}

// DefaultPath returns where the file is looked for: bustop/config.yaml in the folder that the
// XDG Base Directory Specification names.
func DefaultPath(getenv func(string) string) string {
	home := xdg.ConfigHome
	// The specification ignores a relative path.
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		home = dir
	}
	return filepath.Join(home, "bustop", "config.yaml")
}

// Load reads and checks a file. A file that is not there gives an error that is fs.ErrNotExist.
func Load(path string) (*File, error) {
	data, mode, err := read(path)
	if err != nil {
		return nil, err
	}
	return parse(path, data, mode)
}

// parse reads and checks what is in a file of these permissions.
func parse(path string, data []byte, mode fs.FileMode) (*File, error) {
	f := &File{}
	err := guarded(func() error { return yaml.UnmarshalWithOptions(data, f, yaml.Strict()) })
	if err != nil && !errors.Is(err, io.EOF) { // EOF: nothing in it but comments
		return nil, located(path, err)
	}
	f.Path = path
	if err := f.check(mode); err != nil {
		return nil, err
	}
	return f, nil
}

// guarded makes an error of a panic of the YAML library, which some tags without a value cause.
func guarded(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not valid YAML")
		}
	}()
	return do()
}

func read(path string) ([]byte, os.FileMode, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if info.IsDir() {
		return nil, 0, &Error{Path: path, What: "is a folder"}
	}
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return nil, 0, err
	}
	if len(data) > maxSize {
		return nil, 0, &Error{Path: path, What: fmt.Sprintf("is larger than %d bytes", maxSize)}
	}
	return data, info.Mode().Perm(), nil
}

// located gives an error of the YAML library its place, without the excerpt of the file that
// the library prints and that may hold a password.
func located(path string, err error) error {
	var own *textError
	if errors.As(err, &own) {
		return &Error{Path: path, Line: own.at.line, Column: own.at.column, What: own.what}
	}
	var fault yaml.Error
	if !errors.As(err, &fault) {
		return &Error{Path: path, What: "not valid YAML"}
	}
	what := unquoted(fault.GetMessage())
	if token := fault.GetToken(); token != nil && token.Position != nil {
		return &Error{Path: path, Line: token.Position.Line, Column: token.Position.Column, What: what}
	}
	return &Error{Path: path, What: what}
}

// unquoted keeps the first line of a message of the YAML library. What such a message quotes is
// a key of ours or of the file, but for values that fail to parse it may be the value.
func unquoted(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	if strings.HasPrefix(message, "unknown field") || strings.HasPrefix(message, "mapping key") {
		return message
	}
	if i := strings.IndexAny(message, "\"`"); i >= 0 {
		message = strings.TrimRight(message[:i], " :")
	}
	return cmp.Or(message, "not valid YAML")
}

// Names returns the names of the contexts in order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Contexts)) }

// Select returns the context of that name, or the current one when name is "". It returns nil
// when none is named and none is current.
func (f *File) Select(name string) (*Context, error) {
	if name == "" {
		name = f.Current.Value
	}
	if name == "" {
		return nil, nil
	}
	c := f.Contexts[name]
	if c == nil {
		return nil, &Error{Path: f.Path, What: fmt.Sprintf("no context %q; known: %s", name, cmp.Or(strings.Join(f.Names(), ", "), "none"))}
	}
	return c, nil
}

// Duration returns the default timeout, 0 when none is set.
func (d Defaults) Duration() time.Duration {
	t, _ := time.ParseDuration(d.Timeout.Value) // checked by Load
	return t
}

// Locate gives an error about a source's URL its place in the file.
func (f *File) Locate(s *Source, err error) error {
	return f.fault(s.URL.at, err.Error())
}

// LocatePin gives an error about what a pin says its place in the file.
func (f *File) LocatePin(p *Pin, err error) error { return f.fault(p.As.at, "as: "+err.Error()) }
