package cli

import (
	"bustop/views"
	"bustop/views/config"
)

// decoderOf returns a decoder with the pins of a config file, which keeps new ones there, and with the
// message types that the flags and the file name.
func (a *app) decoderOf(f *config.File) (*views.Decoder, error) {
	schema, err := a.schema.read(f)
	if err != nil {
		return nil, err
	}
	pins := make([]views.Pin, len(f.Decode.Pins))
	for i, p := range f.Decode.Pins {
		if err := schema.Check(p.As.Value); err != nil {
			return nil, f.LocatePin(p, err)
		}
		pins[i] = views.Pin{Match: p.Match.Value, As: p.As.Value}
	}
	d := views.NewDecoder(pins...)
	d.KeepIn(config.Keeper{Path: f.Path})
	d.UseSchema(schema)
	return d, nil
}

// loadPins takes from the config file what tells payloads and keys, for the demo, which has sources of its own
// and shall run with a config file that is broken, too.
func (a *app) loadPins() error {
	file, err := a.readConfig()
	if err == nil {
		var decoder *views.Decoder
		if decoder, err = a.decoderOf(file); err == nil {
			a.file, a.decoder = file, decoder
			return nil
		}
	}
	if a.flags.config != "" {
		return err
	}
	a.note("no pins: %v", err)
	return nil
}
