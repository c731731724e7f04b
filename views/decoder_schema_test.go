package views_test

import (
	"os"
	"path/filepath"
	"testing"

	"bustop/backends"
	"bustop/decoders/schema"
	"bustop/views"
)

// TestDecoderUsesSchema: messages have the names of a schema from the time it is set.
func TestDecoderUsesSchema(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.proto")
	if err := os.WriteFile(file, []byte(`syntax = "proto3"; message Order { string id = 1; int64 cents = 3; }`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := schema.Load([]string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := views.NewDecoder()
	m := backends.Message{Body: []byte("\x0a\x06o-1700\x18\xac\x02"), Size: 11}
	if r := d.Decode(m, ""); r.Chain() != "protobuf" {
		t.Error(r.Chain())
	}
	d.UseSchema(s)
	if r := d.Decode(m, ""); r.Chain() != "protobuf:Order" {
		t.Error(r.Chain())
	}
}
