package views

import (
	"errors"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/decoders"
	"bustop/ui"
)

// Pin says what the payloads of some objects are, because a person knows.
type Pin struct {
	// Match is a target as the listing prints it, "queue/orders.*", or one of a source,
	// "bus:queue/orders.*", where * stands for any characters and ? for one. It means bodies;
	// "stream/payments#data" means the field or header data.
	Match string
	// As is a format or a chain, as decoders.Options.As takes it.
	As string
}

// PinKeeper keeps pins beyond the end of the program.
type PinKeeper interface {
	// SetPin puts a pin in front of the others, in place of one with the same pattern.
	SetPin(match, as string) error
	// RemovePin takes the pins with this pattern away.
	RemovePin(match string) error
}

// sign tells in a result why it was decoded as it was.
func (p Pin) sign(r *decoders.Result) *decoders.Result {
	for i := range r.Layers {
		if r.Layers[i].Reason == decoders.ReasonPinned {
			r.Layers[i].Reason = "as pinned for " + p.Match
		}
	}
	return r
}

// matches reports whether the pin means what comes from a place.
func (p Pin) matches(where place, route string) bool {
	pattern := p.Match
	if where.field != "" {
		hash := strings.LastIndexByte(pattern, '#')
		if hash < 0 || !matchName(pattern[hash+1:], where.field) {
			return false
		}
		pattern = pattern[:hash]
	}
	if matchTarget(pattern, where.source, where.target) {
		return true
	}
	// A tap by pattern carries messages of the channels that match it.
	return where.target.Kind == backends.KindChannel && route != "" &&
		matchTarget(pattern, where.source, backends.Target{Kind: where.target.Kind, Name: route})
}

func matchTarget(pattern, source string, target backends.Target) bool {
	name := target.String()
	return matchName(pattern, name) || source != "" && matchName(pattern, source+":"+name)
}

// matchName matches a name as it is, and as it is printed.
func matchName(pattern, name string) bool {
	if glob(pattern, name) {
		return true
	}
	printed := ui.CleanPlain(name)
	return printed != name && glob(pattern, printed)
}

// glob matches a whole text: * stands for any characters, ? for one. It goes back to the last * only, so
// its time is at most the product of the lengths.
func glob(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, from := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// match finds the first pin for a place.
func (d *Decoder) match(where place, route string) (Pin, bool) {
	for _, p := range d.pins {
		if p.matches(where, route) {
			return p, true
		}
	}
	return Pin{}, false
}

// PinOf is the pin that decides over the body of a message, over its field f where that is not nil.
func (d *Decoder) PinOf(m backends.Message, f *backends.Field) (Pin, bool) {
	where := place{source: m.Source, target: m.Target}
	if f != nil {
		where.field = f.Name
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.match(where, m.Route)
}

// Changes counts how often the pins have changed: what was decoded before may be decoded otherwise now.
func (d *Decoder) Changes() uint64 { return d.changes.Load() }

// Pin sets a pin in front of the others, in place of one with the same pattern. It counts at once, also
// when the error says that it could not be kept. It waits for a file to be written.
func (d *Decoder) Pin(p Pin) error {
	return d.change(p.Match, []Pin{p}, func(k PinKeeper) error { return k.SetPin(p.Match, p.As) })
}

// Unpin takes the pins with a pattern away, as Pin sets one.
func (d *Decoder) Unpin(match string) error {
	return d.change(match, nil, func(k PinKeeper) error { return k.RemovePin(match) })
}

func (d *Decoder) change(match string, first []Pin, keep func(PinKeeper) error) error {
	d.keeping.Lock()
	defer d.keeping.Unlock()
	d.mu.Lock()
	d.pins = append(first, slices.DeleteFunc(d.pins, func(p Pin) bool { return p.Match == match })...)
	d.mu.Unlock()
	d.changes.Add(1)
	if d.keeper == nil {
		return errNotKept
	}
	return keep(d.keeper)
}

var errNotKept = errors.New("there is no config file to keep pins in")
