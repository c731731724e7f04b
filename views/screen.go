package views

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
)

// Screen is what fills the body of the console: a pane, or something opened from one. Its
// methods are called from the event loop only.
type Screen interface {
	// Title is the crumb shown above, clean.
	Title() string
	// Sync pulls what is new and reports whether the screen has to be drawn again. It never
	// waits.
	Sync(now time.Time) bool
	// Render returns exactly h lines of exactly w cells.
	Render(w, h int) []string
	// Bindings are the keys that work now, in the order of the help.
	Bindings() []ui.Binding
	// Capturing reports whether a text field has the keyboard; Type gets the keys then.
	Capturing() bool
	Type(key tea.KeyMsg) tea.Cmd
	// Close ends feeds and tails of the screen. Alone of the methods it may wait, for a server
	// to be left in order, and is called away from the event loop.
	Close()
}

// Starter is a Screen that has something to do when it is first shown.
type Starter interface {
	Start() tea.Cmd
}

// Deps are what every screen may use.
type Deps struct {
	Sources []backends.Source
	Spans   *spans.Store
	Tracer  trace.Tracer
	Theme   *ui.Theme
	Nav     Nav
	// Decoder opens payloads.
	Decoder *Decoder
	// Now is the clock for everything shown.
	Now func() time.Time
	// Traffic tells of spans that come from other programs and go to them; nil where none can.
	Traffic func() spans.Traffic
	// Join are addresses that the person may give to other clients: those of the demo's servers.
	Join []Address
}

// Address is where a client can connect, with the name of what is there.
type Address struct{ Name, Text string }

// SpanTarget is what a span says it worked on.
type SpanTarget struct {
	// System is "rabbitmq", "redis" or what else the span calls it, "" for not told; Address is host:port of
	// the server or the host alone, "" for not told.
	System, Address string
	// Names are what the place may be called, the most exact first.
	Names []string
	// Message is the id of the message there, "" for the place itself.
	Message string
	// Key says that the name is a key's, whatever is in it.
	Key bool
}

// Holder is a Screen that holds messages. They are still there when another lies on top.
type Holder interface {
	// Held is the newest message that is wanted, false when there is none.
	Held(wanted func(backends.Message) bool) (backends.Message, bool)
}

// Nav is how a screen reaches the rest of the console.
type Nav interface {
	// Push opens a screen on top of the present one; Back closes it again.
	Push(Screen)
	Back()
	// Ask shows what a look would do and, when the person consents, goes on with then. Plans
	// that are Free go on at once.
	Ask(plan backends.Plan, n int, then func(backends.Look) tea.Cmd) tea.Cmd
	// Prompt asks for a line of text.
	Prompt(title, hint, initial string, then func(string) tea.Cmd)
	// Choose asks for one of several options.
	Choose(title string, options []string, then func(i int) tea.Cmd)
	// Run starts a command outside of a key's binding, for work that follows from work.
	Run(tea.Cmd)
	// Toast shows a text for a few seconds, cleaned, in a few lines.
	Toast(text string)
	// Copy puts text on the clipboard of the terminal.
	Copy(text string)
	// OpenTrace shows a trace, or says that it is not here and what to search for elsewhere.
	OpenTrace(TraceRef)
	// OpenTarget shows what a span says it worked on, or says why that cannot be shown.
	OpenTarget(SpanTarget)
}

// Several reports whether more than one source is open, so that rows have to say theirs.
func (d *Deps) Several() bool { return len(d.Sources) > 1 }
