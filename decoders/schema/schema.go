// Package schema reads the message types of Protocol Buffers from files: descriptor sets as protoc,
// buf and others write them (google.protobuf.FileDescriptorSet in descriptor.proto, an image of buf
// has the same fields), and .proto sources (protobuf.dev/reference/protobuf/proto3-spec, proto2 and
// editions too), which are compiled here.
package schema

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"bustop/decoders"
)

// Bounds of what is read.
const (
	maxFile  = 64 << 20 // bytes of a file
	maxFiles = 10_000   // files that a schema is made of, imports included
)

// Load reads all files into one schema. What ends in .proto is a source, everything else a descriptor
// set. A source's imports are looked for beside it, in the folders above it when its package says how
// deep it lies, and in importPaths; those of Protocol Buffers themselves are always there.
func Load(paths, importPaths []string) (*decoders.Schema, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	l := loader{files: new(protoregistry.Files), importPaths: importPaths}
	var sources []string
	for _, path := range paths {
		if strings.EqualFold(filepath.Ext(path), ".proto") {
			sources = append(sources, path)
			continue
		}
		if err := l.set(path); err != nil {
			return nil, err
		}
	}
	for _, path := range sources {
		if err := l.source(path); err != nil {
			return nil, err
		}
	}
	return decoders.NewSchema(l.files), nil
}

// loader gathers the files of a schema.
type loader struct {
	files       *protoregistry.Files
	importPaths []string
}

// read reads a file of at most maxFile bytes.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxFile:
		return nil, fmt.Errorf("%s: longer than %d bytes", path, maxFile)
	}
	return data, nil
}

// set reads a descriptor set.
func (l *loader) set(path string) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	var list descriptorpb.FileDescriptorSet
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, &list); err != nil || len(list.File) == 0 {
		return fmt.Errorf("%s: not a descriptor set; make one by protoc --include_imports --descriptor_set_out=FILE or buf build -o FILE, or give the .proto file", path)
	}
	if len(list.File) > maxFiles {
		return fmt.Errorf("%s: more than %d files", path, maxFiles)
	}
	byName := map[string]*descriptorpb.FileDescriptorProto{}
	for _, f := range list.File {
		byName[f.GetName()] = f
	}
	for _, f := range list.File {
		if err := l.add(f, byName, map[string]bool{}); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

var errNested = errors.New("files import each other")

// add builds a file of a set after those that it imports. Imports that are not there leave the types
// they have without fields.
func (l *loader) add(f *descriptorpb.FileDescriptorProto, set map[string]*descriptorpb.FileDescriptorProto, above map[string]bool) error {
	name := f.GetName()
	if _, err := l.files.FindFileByPath(name); err == nil {
		return nil
	}
	if above[name] {
		return fmt.Errorf("%s: %w", name, errNested)
	}
	above[name] = true
	defer delete(above, name)
	for _, path := range f.GetDependency() {
		if dep := set[path]; dep != nil {
			if err := l.add(dep, set, above); err != nil {
				return err
			}
		} else if known := standard(path); known != nil {
			if err := l.register(known); err != nil {
				return err
			}
		}
	}
	fd, err := protodesc.FileOptions{AllowUnresolvable: true}.New(f, l.files)
	if err != nil {
		return plain(err)
	}
	return l.register(fd)
}

// register adds a file and what it imports.
func (l *loader) register(fd protoreflect.FileDescriptor) error {
	if _, err := l.files.FindFileByPath(fd.Path()); err == nil || fd.IsPlaceholder() {
		return nil
	}
	for i := range fd.Imports().Len() {
		if err := l.register(fd.Imports().Get(i).FileDescriptor); err != nil {
			return err
		}
	}
	if l.files.NumFiles() >= maxFiles {
		return fmt.Errorf("more than %d files", maxFiles)
	}
	return plain(l.files.RegisterFile(fd))
}

// plain is an error of the library without its prefix.
func plain(err error) error {
	if err == nil {
		return nil
	}
	s := strings.ReplaceAll(err.Error(), "\u00a0", " ") // the library varies its spaces
	return errors.New(strings.TrimPrefix(s, "proto: "))
}
