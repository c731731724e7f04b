package app

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"

	"bustop/backends"
	"bustop/backends/rabbitmq"
	"bustop/backends/redis"
	"bustop/backends/spans"
	"bustop/backends/testkit"
)

// liveConsole is a console on real servers and by the real clock.
func liveConsole(t *testing.T, urls ...string) *console {
	t.Helper()
	store := spans.NewStore(0)
	provider := spans.Provider(store, "test")
	var sources []backends.Source
	for _, u := range urls {
		src, err := backends.Drivers{redis.Driver(), rabbitmq.Driver()}.Open(u, backends.Options{Tracer: provider})
		must(t, err)
		t.Cleanup(func() { _ = src.Close() })
		sources = append(sources, src)
	}
	c := startConsole(t, Options{Sources: sources, Spans: store, Tracer: provider})
	c.results = make(chan tea.Msg, 1000)
	return c
}

// on lends the console to a subtest, which then answers for what is not on the screen.
func (c *console) on(t *testing.T) *console {
	t.Helper()
	before := c.t
	c.t = t
	t.Cleanup(func() { c.t = before })
	return c
}

// until beats until the screen holds all of the texts, pressing the keys before each look.
func (c *console) until(texts []string, keys ...string) {
	c.t.Helper()
	c.eventually(fmt.Sprintf("the screen shows %q", texts), func() bool {
		c.press(keys...)
		c.beat()
		screen := c.text()
		return !slices.ContainsFunc(texts, func(want string) bool { return !strings.Contains(screen, want) })
	})
}

// see waits for texts on the screen.
func (c *console) see(texts ...string) {
	c.t.Helper()
	c.until(texts)
}

// eventually waits for a condition and prints the screen when it does not come.
func (c *console) eventually(what string, done func() bool) {
	c.t.Helper()
	met := false
	defer func() {
		if !met {
			c.t.Log("the screen is:\n" + c.text())
		}
	}()
	testkit.Eventually(c.t, what, done)
	met = true
}

// row waits until a row of a table starts with the words.
func (c *console) row(words ...string) {
	c.t.Helper()
	c.eventually(fmt.Sprintf("a row %q", words), func() bool {
		c.beat()
		for line := range strings.Lines(c.text()) {
			cells := strings.Fields(strings.TrimLeft(line, "▌ "))
			if len(cells) >= len(words) && slices.Equal(cells[:len(words)], words) {
				return true
			}
		}
		return false
	})
}

// payload opens the selected message, holds what is said of it and goes back.
func (c *console) payload(chain string, texts ...string) {
	c.t.Helper()
	c.press("enter")
	c.see(append(texts, "[tree]", chain)...)
	verdict := strings.Split(c.text(), "\n")
	if i := slices.IndexFunc(verdict, func(line string) bool { return strings.HasPrefix(line, " "+chain+" ") }); i < 0 {
		c.t.Errorf("the verdict is not %q:\n%s", chain, c.text())
	}
	c.press("esc")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ticket is what the tests send, in three formats.
type ticket struct {
	ID   int    `cbor:"id" msgpack:"id"`
	Name string `cbor:"name" msgpack:"name"`
}

// payloads are a MessagePack, a CBOR and a gzip-ed MessagePack message, made by others' encoders.
func payloads(t *testing.T) [][]byte {
	t.Helper()
	packed, err := msgpack.Marshal(ticket{17, "Anna"})
	must(t, err)
	concise, err := cbor.Marshal(ticket{18, "Ben"})
	must(t, err)
	inner, err := msgpack.Marshal(ticket{19, "Carla"})
	must(t, err)
	var squeezed bytes.Buffer
	w := gzip.NewWriter(&squeezed)
	_, err = w.Write(inner)
	must(t, err)
	must(t, w.Close())
	return [][]byte{packed, concise, squeezed.Bytes()}
}

// opensAll holds that the three messages on the screen, the first of which is selected, open
// without a hint.
func (c *console) opensAll() {
	c.t.Helper()
	c.payload("msgpack", "id: 17", "name: Anna")
	c.press("down")
	c.payload("cbor", "id: 18", "name: Ben")
	c.press("down")
	c.payload("gzip → msgpack", "id: 19", "name: Carla")
}

// keysWork presses keys whose effect needs no server.
func (c *console) keysWork() {
	c.t.Helper()
	c.press("?")
	c.shows("Keys", "Panes")
	c.press("esc", "8")
	c.shows("[8 Traces]")
	c.press("p")
}

// beatUntil keeps the console going while something slow goes on beside it.
func (c *console) beatUntil(done <-chan error) {
	c.t.Helper()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			must(c.t, err)
			return
		case <-tick.C:
			c.beat()
		}
	}
}
