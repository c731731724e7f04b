package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"bustop/decoders"
	"bustop/decoders/schema"
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

// read reads the message types, nil when none are named.
func (f *schemaFlags) read() (*decoders.Schema, error) {
	if len(f.protos) == 0 && len(f.protoPaths) > 0 {
		return nil, errors.New("--proto-path goes with a .proto file")
	}
	return schema.Load(f.protos, f.protoPaths)
}

// withSchema gives a command the flags of a schema, which its decoder then has.
func (a *app) withSchema(cmd *cobra.Command) *cobra.Command {
	var f schemaFlags
	f.add(cmd)
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := f.read()
		if err != nil {
			return usage("--proto: %v", err)
		}
		a.decoder.UseSchema(s)
		return run(cmd, args)
	}
	return cmd
}
