package redisd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bustop/backends/demo/redisd/internal/resp"
)

// tracking is what a client has set by CLIENT TRACKING
// (https://redis.io/docs/latest/commands/client-tracking).
type tracking struct {
	on, broadcast, optIn, optOut, noLoop bool
	redirect                             int64
	prefixes                             map[string]struct{}
}

// invalidations are the names of keys that were changed and that nobody was told of yet, each with the
// client that changed it last, nil for the server itself.
type invalidations struct {
	trackers map[*client]struct{} // all clients that track
	keys     map[string]*client
	flushed  bool
	// acting is whose command is carried out.
	acting *client
}

// changed notes that a key was changed. Which database it is in is not told.
func (i *invalidations) changed(name string) {
	if len(i.trackers) > 0 {
		i.keys[name] = i.acting
	}
}

// tell sends what has changed since the last time: for each prefix of a client one message with all
// keys that begin with it. Only clients that speak RESP3 can be told.
func (i *invalidations) tell() {
	if len(i.keys) == 0 && !i.flushed {
		return
	}
	names := slices.Sorted(maps.Keys(i.keys))
	for c := range i.trackers {
		if !c.v3 || c.track.redirect != 0 {
			continue
		}
		if i.flushed {
			c.push(invalidation(nil))
		}
		if !c.track.broadcast {
			continue
		}
		for _, prefix := range slices.Sorted(maps.Keys(c.track.prefixes)) {
			theirs := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
				return !strings.HasPrefix(name, prefix) || c.track.noLoop && i.keys[name] == c
			})
			if len(theirs) > 0 {
				c.push(invalidation(theirs))
			}
		}
	}
	clear(i.keys)
	i.flushed = false
}

// invalidation is a message with names of keys; nil stands for all.
func invalidation(names []string) []byte {
	w := resp.Writer{V3: true}
	w.Push(2)
	w.Bulk("invalidate")
	if names == nil {
		w.Null()
	} else {
		w.Bulks(names)
	}
	return w.Buf
}

// clientTracking broadcasts; without BCAST the switch is only kept, see the package's differences.
func (k *call) clientTracking() error {
	wanted := tracking{on: true, prefixes: map[string]struct{}{}}
	var prefixes []string
	for j := 3; j < len(k.args); j++ {
		more := j+1 < len(k.args)
		switch option := upper(k.args[j]); {
		case option == "REDIRECT" && more:
			j++
			if err := k.redirectTo(&wanted, k.args[j]); err != nil {
				return err
			}
		case option == "PREFIX" && more:
			j++
			prefixes = append(prefixes, k.args[j])
		case !wanted.set(option):
			return errSyntax
		}
	}
	switch upper(k.args[2]) {
	case "ON":
		if err := k.c.track.mayBecome(&wanted, prefixes); err != nil {
			return err
		}
		k.n.track(k.c, wanted, prefixes)
	case "OFF":
		k.n.untrack(k.c)
	default:
		return errSyntax
	}
	k.w.OK()
	return nil
}

func (t *tracking) set(option string) (known bool) {
	switch option {
	case "BCAST":
		t.broadcast = true
	case "OPTIN":
		t.optIn = true
	case "OPTOUT":
		t.optOut = true
	case "NOLOOP":
		t.noLoop = true
	default:
		return false
	}
	return true
}

func (k *call) redirectTo(t *tracking, word string) error {
	if t.redirect != 0 {
		return failure("ERR A client can only redirect to a single other client")
	}
	id, err := integer(word)
	if err != nil {
		return err
	}
	if k.n.clients[id] == nil {
		return failure("ERR The client ID you want redirect to does not exist")
	}
	t.redirect = id
	return nil
}

// mayBecome says what keeps a client from tracking in another way than it does.
func (t *tracking) mayBecome(next *tracking, prefixes []string) error {
	switch {
	case len(prefixes) > 0 && !next.broadcast:
		return failure("ERR PREFIX option requires BCAST mode to be enabled")
	case t.on && t.broadcast != next.broadcast:
		return failure("ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.")
	case next.broadcast && (next.optIn || next.optOut):
		return failure("ERR OPTIN and OPTOUT are not compatible with BCAST")
	case next.optIn && next.optOut:
		return failure("ERR You can't specify both OPTIN mode and OPTOUT mode")
	case next.optIn && t.optOut, next.optOut && t.optIn:
		return failure("ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.")
	case next.broadcast:
		return t.overlap(prefixes)
	}
	return nil
}

// overlap refuses prefixes of which one begins with another one.
func (t *tracking) overlap(prefixes []string) error {
	const none = "Prefixes for a single client must not overlap."
	alike := func(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }
	for i, p := range prefixes {
		for _, old := range slices.Sorted(maps.Keys(t.prefixes)) {
			if alike(p, old) {
				return failure(fmt.Sprintf("ERR Prefix '%s' overlaps with an existing prefix '%s'. %s", p, old, none))
			}
		}
		for _, other := range prefixes[i+1:] {
			if alike(p, other) {
				return failure(fmt.Sprintf("ERR Prefix '%s' overlaps with another provided prefix '%s'. %s", p, other, none))
			}
		}
	}
	return nil
}

// track lets a client track; the prefixes come to those that it has.
func (n *node) track(c *client, next tracking, prefixes []string) {
	maps.Copy(next.prefixes, c.track.prefixes)
	for _, p := range prefixes {
		next.prefixes[p] = struct{}{}
	}
	if next.broadcast && len(prefixes) == 0 {
		next.prefixes[""] = struct{}{}
	}
	c.track = next
	n.changes.trackers[c] = struct{}{}
}

func (n *node) untrack(c *client) {
	c.track = tracking{}
	delete(n.changes.trackers, c)
}

func (k *call) clientTrackingInfo() error {
	t := &k.c.track
	var flags []string
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"off", !t.on},
		{"on", t.on},
		{"bcast", t.broadcast},
		{"optin", t.optIn},
		{"optout", t.optOut},
		{"noloop", t.noLoop},
	} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	k.pairs("flags", func() {
		k.w.Set(len(flags))
		for _, f := range flags {
			k.w.Bulk(f)
		}
	}, "redirect", k.c.redirect(), "prefixes", func() { k.w.Bulks(slices.Sorted(maps.Keys(t.prefixes))) })
	return nil
}
