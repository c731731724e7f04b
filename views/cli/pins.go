package cli

import (
	"bustop/views"
	"bustop/views/config"
)

// pinned returns a decoder with the pins of a config file, which keeps new ones there.
func pinned(f *config.File) *views.Decoder {
	pins := make([]views.Pin, len(f.Decode.Pins))
	for i, p := range f.Decode.Pins {
		pins[i] = views.Pin{Match: p.Match.Value, As: p.As.Value}
	}
	d := views.NewDecoder(pins...)
	d.KeepIn(config.Keeper{Path: f.Path})
	return d
}

// loadPins takes the pins of the config file and nothing else, for the demo, which has sources of its own
// and shall run with a config file that is broken, too.
func (a *app) loadPins() error {
	file, err := a.readConfig()
	switch {
	case err == nil:
		a.decoder = pinned(file)
	case a.flags.config != "":
		return err
	default:
		a.note("no pins: %v", err)
	}
	return nil
}
