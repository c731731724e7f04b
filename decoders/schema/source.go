package schema

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// source compiles a .proto file and what it imports.
func (l *loader) source(path string) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	root, name := place(path, data, l.importPaths)
	if _, err := l.files.FindFileByPath(name); err == nil {
		return nil // another source imports it, or a set has it
	}
	in := &imports{dirs: []string{root}, known: l}
	for _, dir := range append([]string{filepath.Dir(path)}, l.importPaths...) {
		if !slices.Contains(in.dirs, dir) {
			in.dirs = append(in.dirs, dir)
		}
	}
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(in),
		Reporter: reporter.NewReporter(nil, func(reporter.ErrorWithPos) {}),
	}
	list, err := compiler.Compile(context.Background(), name)
	if err != nil {
		return in.explain(path, name, err)
	}
	for _, fd := range list {
		if err := l.register(fd); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// place is the folder that the names of a source's imports begin at, and its own name from there: the
// import path that it lies in, else the folder that its package is a path from (shop/v1/order.proto of
// package shop.v1), else its own.
func place(path string, data []byte, importPaths []string) (root, name string) {
	for _, dir := range importPaths {
		rel, err := filepath.Rel(dir, path)
		if err == nil && filepath.IsLocal(rel) {
			return dir, filepath.ToSlash(rel)
		}
	}
	dir, base := filepath.Dir(path), filepath.Base(path)
	if m := regexp.MustCompile(`(?m)(?:^|;)\s*package\s+([\w.]+)\s*;`).FindSubmatch(data); m != nil {
		inside := strings.ReplaceAll(string(m[1]), ".", "/")
		if abs, err := filepath.Abs(dir); err == nil && strings.HasSuffix(filepath.ToSlash(abs), "/"+inside) {
			return filepath.FromSlash(strings.TrimSuffix(filepath.ToSlash(abs), "/"+inside)), inside + "/" + base
		}
	}
	return dir, base
}

// imports finds the files that sources import. The compiler calls it from several goroutines.
type imports struct {
	dirs  []string
	known *loader

	mu      sync.Mutex
	opened  int
	missing []string
}

var errTooMany = fmt.Errorf("more than %d files are imported", maxFiles)

// FindFileByPath reads a file for the compiler, or takes it from what is there already.
func (in *imports) FindFileByPath(name string) (protocompile.SearchResult, error) {
	if fd, err := in.known.files.FindFileByPath(name); err == nil {
		return protocompile.SearchResult{Desc: fd}, nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.opened++; in.opened > maxFiles {
		return protocompile.SearchResult{}, errTooMany
	}
	if filepath.IsLocal(filepath.FromSlash(name)) {
		for _, dir := range in.dirs {
			data, err := read(filepath.Join(dir, filepath.FromSlash(name)))
			if err == nil {
				return protocompile.SearchResult{Source: io.NopCloser(bytes.NewReader(data))}, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return protocompile.SearchResult{}, err
			}
		}
	}
	if standard(name) == nil {
		in.missing = append(in.missing, name)
	}
	return protocompile.SearchResult{}, fs.ErrNotExist
}

// explain makes an error of the compiler one that says what to do.
func (in *imports) explain(path, name string, err error) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	said := err.Error()
	if dir, _ := filepath.Split(path); strings.HasPrefix(said, name+":") && dir != "" {
		said = path + strings.TrimPrefix(said, name)
	}
	if len(in.missing) > 0 && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: import %q is not in %s: name its folder with --proto-path", position(path, name, err), in.missing[0], strings.Join(in.dirs, ", "))
	}
	return errors.New(said)
}

// position is the file and the line of an error, as far as they are known.
func position(path, name string, err error) string {
	var at reporter.ErrorWithPos
	if !errors.As(err, &at) {
		return path
	}
	pos := at.GetPosition()
	if pos.Filename == name {
		pos.Filename = path
	}
	return pos.String()
}

// standard is a file that comes with Protocol Buffers, nil for all others.
func standard(name string) protoreflect.FileDescriptor {
	none := protocompile.ResolverFunc(func(string) (protocompile.SearchResult, error) {
		return protocompile.SearchResult{}, os.ErrNotExist
	})
	r, err := protocompile.WithStandardImports(none).FindFileByPath(name)
	if err != nil {
		return nil
	}
	return r.Desc
}
