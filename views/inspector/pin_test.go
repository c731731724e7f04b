package inspector_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/views"
	"bustop/views/inspector"
	"bustop/views/viewtest"
)

// keeper remembers what it is asked to keep.
type keeper struct {
	said []string
	err  error
}

func (k *keeper) SetPin(match, as string) error {
	k.said = append(k.said, match+" as "+as)
	return k.err
}

func (k *keeper) RemovePin(match string) error {
	k.said = append(k.said, "not "+match)
	return k.err
}

func TestAChoiceIsKeptAndForgotten(t *testing.T) {
	m := message(anna)
	m.Target.Name = "orders.new"
	inspect(t, m, func(t *testing.T, d *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		kept := &keeper{}
		d.Decoder.KeepIn(kept)
		viewtest.Press(t, nav, s, "a")
		if got := nav.Toasts; !slices.Equal(got, []string{"say first what the payload is, with o"}) {
			t.Errorf("toasts %q", got)
		}
		pick(nav, s, t, "o", "binary")
		nav.Choice = 1
		viewtest.Press(t, nav, s, "a")
		if want := []string{"this queue (queue/orders.new)", "queue/orders.*"}; !slices.Equal(nav.Options, want) {
			t.Errorf("offered %q", nav.Options)
		}
		viewtest.Shows(t, s, "binary as pinned for queue/orders.*", "[hex]")
		if r := d.Decoder.Decode(m, ""); r.Format != "binary" {
			t.Errorf("others decode it as %s", r.Format)
		}
		pick(nav, s, t, "o", "detect")
		viewtest.Shows(t, s, "msgpack 0.9", "name: Anna")
		nav.Choice = 0
		viewtest.Press(t, nav, s, "a")
		if want := []string{"forget the pin of queue/orders.* as binary"}; !slices.Equal(nav.Options, want) {
			t.Errorf("offered %q", nav.Options)
		}
		viewtest.Shows(t, s, "msgpack 0.9")
		kept.err = errors.New("the disk is full")
		pick(nav, s, t, "o", "text")
		nav.Choice = 0
		viewtest.Press(t, nav, s, "a")
		viewtest.Shows(t, s, "text as pinned for queue/orders.new")
		if last := nav.Toasts[len(nav.Toasts)-1]; last != "queue/orders.new is text from now on, until bustop ends: the disk is full" {
			t.Errorf("toast %q", last)
		}
		if want := []string{"queue/orders.* as binary", "not queue/orders.*", "queue/orders.new as text"}; !slices.Equal(kept.said, want) {
			t.Errorf("kept %q", kept.said)
		}
	})
}

// pick opens a menu and takes the option of a name.
func pick(nav *viewtest.Nav, s *inspector.Screen, t *testing.T, key, option string) {
	t.Helper()
	peek := *nav
	nav.Choice = 0
	viewtest.Press(t, nav, s, key)
	nav.Choice = slices.Index(nav.Options, option)
	nav.Pushed, nav.Toasts = peek.Pushed, peek.Toasts
	if nav.Choice < 0 {
		t.Fatalf("no option %q in %q", option, nav.Options)
	}
	viewtest.Press(t, nav, s, key)
}

func TestAFieldHasPinsOfItsOwn(t *testing.T) {
	m := message("", backends.Field{Name: "data", Value: []byte(anna)})
	m.Target = backends.Target{Kind: backends.KindStream, Name: "job:17"}
	inspect(t, m, func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		pick(nav, s, t, "o", "binary")
		nav.Choice = 0
		viewtest.Press(t, nav, s, "a")
		if want := []string{"this field (stream/job:17#data)", "stream/job:*#data"}; !slices.Equal(nav.Options, want) {
			t.Errorf("offered %q", nav.Options)
		}
		viewtest.Shows(t, s, "binary as pinned for stream/job:17#data")
	})
}

func TestRunnerUps(t *testing.T) {
	inspect(t, message(unsure), func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
		viewtest.Shows(t, s, "msgpack? 0.7", " · cbor 0.1", " · binary 0.1")
		nav.Choice = 0
		viewtest.Press(t, nav, s, "o")
		if !strings.HasPrefix(nav.Options[0], "cbor 0.1") || !strings.HasPrefix(nav.Options[1], "binary 0.1") || nav.Options[2] != "detect" {
			t.Errorf("offered %q", nav.Options[:4])
		}
		viewtest.Shows(t, s, "cbor as you said")
	})
	inspect(t, message(anna), func(t *testing.T, _ *views.Deps, _ *viewtest.Nav, s *inspector.Screen) {
		viewtest.Lacks(t, s, "? 0.", " · cbor", " · binary")
	})
}
