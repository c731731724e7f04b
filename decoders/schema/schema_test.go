package schema

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	"bustop/decoders"
)

func sources() map[string]string {
	return map[string]string{
		"shop/v1/order.proto": `syntax = "proto3"; package shop.v1;
import "shop/v1/item.proto";
import "google/protobuf/timestamp.proto";
message Order { string id = 1; repeated Item items = 2; google.protobuf.Timestamp at = 3; }`,
		"shop/v1/item.proto": `syntax = "proto3";
package shop.v1;
message Item { string sku = 1; int32 quantity = 2; }`,
		"lone.proto":   `edition = "2023"; message Lone { int32 n = 1; Lone part = 2 [features.message_encoding = DELIMITED]; }`,
		"broken.proto": "syntax = \"proto3\";\nmessage A {\n  foo x = 1;\n}\n",
		"astray.proto": "syntax = \"proto3\";\n\nimport \"far/away.proto\";\nmessage B {}\n",
	}
}

// folder has the sources as files.
func folder(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range sources() {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// setFile is a descriptor set of files in an order, the imports of which are not added.
func setFile(t *testing.T, dir string, names ...string) string {
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(sources()),
	})}
	list, err := c.Compile(context.Background(), names...)
	if err != nil {
		t.Fatal(err)
	}
	var set descriptorpb.FileDescriptorSet
	for _, fd := range list {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(fd))
	}
	data, err := proto.Marshal(&set)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, strings.ReplaceAll(strings.Join(names, "_"), "/", "_")+".binpb")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLoad reads the same payload by every way to give a schema.
func TestLoad(t *testing.T) {
	dir := folder(t)
	order := filepath.Join(dir, "shop", "v1", "order.proto")
	payload := []byte("\x0a\x04o-17\x12\x06\x0a\x02s1\x10\x02\x1a\x02\x08\x01")
	const whole = `{"id":"o-17","items":[{"sku":"s1","quantity":2}],"at":{"$time":"1970-01-01T00:00:01Z"}}`
	for name, tt := range map[string]struct {
		paths, importPaths []string
		want               string
	}{
		"source":              {[]string{order}, nil, whole},
		"source in a path":    {[]string{order}, []string{dir}, whole},
		"source and import":   {[]string{order, filepath.Join(dir, "shop", "v1", "item.proto")}, nil, whole},
		"set out of order":    {[]string{setFile(t, dir, "shop/v1/order.proto", "shop/v1/item.proto")}, nil, whole},
		"set without imports": {[]string{setFile(t, dir, "shop/v1/order.proto")}, nil, `{"id":"o-17","items":[{"1":"s1","2":2}],"at":{"$time":"1970-01-01T00:00:01Z"}}`},
		"two sets":            {[]string{setFile(t, dir, "shop/v1/item.proto"), setFile(t, dir, "shop/v1/order.proto")}, nil, whole},
		"set and source":      {[]string{order, setFile(t, dir, "shop/v1/item.proto")}, nil, whole},
	} {
		s, err := Load(tt.paths, tt.importPaths)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := decoders.Decode(payload, decoders.Options{As: "protobuf:shop.v1.Order", Schema: s})
		if got := string(r.AppendJSON(nil)); got != tt.want {
			t.Errorf("%s: %s %+v", name, got, r.Fault)
		}
	}
	lone, err := Load([]string{filepath.Join(dir, "lone.proto")}, nil)
	if err != nil || !slices.Equal(lone.Messages(), []string{"Lone"}) {
		t.Errorf("%v %v", lone.Messages(), err)
	}
	r := decoders.Decode([]byte("\x13\x08\x05\x14"), decoders.Options{As: "protobuf:Lone", Schema: lone})
	if got := string(r.AppendJSON(nil)); !strings.HasSuffix(got, `art":{"n":5}}`) {
		t.Error(got)
	}
	if s, err := Load(nil, nil); s != nil || err != nil {
		t.Error(s, err)
	}
}

func TestLoadFaults(t *testing.T) {
	dir := folder(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	text := at("text.binpb")
	if err := os.WriteFile(text, []byte("this is no set"), 0o600); err != nil {
		t.Fatal(err)
	}
	loop := at("loop.pb")
	set, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		{Name: proto.String("a.proto"), Dependency: []string{"b.proto"}}, {Name: proto.String("b.proto"), Dependency: []string{"a.proto"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(loop, set, 0o600); err != nil {
		t.Fatal(err)
	}
	faults := map[string][]string{
		at("missing.proto"): {"missing.proto", "no such file"},
		text:                {"text.binpb: not a descriptor set", "--descriptor_set_out"},
		at("broken.proto"):  {at("broken.proto") + ":3:3", "foo"},
		at("astray.proto"):  {at("astray.proto") + ":3:8", `import "far/away.proto" is not in `, "--proto-path"},
		loop:                {"loop.pb", "import each other"},
		dir:                 {dir},
	}
	for _, path := range slices.Sorted(maps.Keys(faults)) {
		_, err := Load([]string{path}, nil)
		for _, want := range faults[path] {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", path, err, want)
			}
		}
	}
}
