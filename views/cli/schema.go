package cli

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"bustop/decoders"
	"bustop/decoders/schema"
	"bustop/views/config"
)

// schemaFlags are those of the commands that open payloads: where message types of Protocol Buffers
// are described.
type schemaFlags struct {
	protos, protoPaths []string
}

func (f *schemaFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.protos, "proto", nil, "read message types from this `FILE`, a descriptor set or a .proto file (may be repeated)")
	cmd.Flags().StringArrayVar(&f.protoPaths, "proto-path", nil, "look for what .proto files import in this `DIR` (may be repeated)")
}

// check finds what the flag parser cannot.
func (f *schemaFlags) check(file *config.File) error {
	if len(f.protos) == 0 && len(f.protoPaths) > 0 && len(file.Decode.Schemas) == 0 {
		return errors.New("--proto-path goes with a .proto file")
	}
	return nil
}

// read reads the message types that the flags and the config file name, nil when they name none.
func (f *schemaFlags) read(file *config.File) (*decoders.Schema, error) {
	if err := f.check(file); err != nil {
		return nil, usage("--proto: %v", err)
	}
	files, paths := file.SchemaFiles()
	s, err := schema.Load(slices.Concat(f.protos, files), slices.Concat(f.protoPaths, paths))
	switch {
	case err != nil && len(f.protos) == 0:
		return nil, &failure{statusUsage, &config.Error{Path: file.Path, What: "decode: schemas: " + err.Error()}}
	case err != nil:
		return nil, usage("--proto: %v", err)
	}
	return s, nil
}

// withSchema gives a command the flags of a schema, which its decoder then has.
func (a *app) withSchema(cmd *cobra.Command) *cobra.Command {
	a.schema.add(cmd)
	return cmd
}
