package app

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
	"bustop/views/channels"
	"bustop/views/keys"
	"bustop/views/leaderboards"
	"bustop/views/locks"
	"bustop/views/overview"
	"bustop/views/queues"
	"bustop/views/streams"
	"bustop/views/traces"
)

// rendererFPS is how often a second Bubble Tea's renderer is to look for a frame: it never has one, and
// it cannot look less often.
const rendererFPS = 1

// Options are what the console is started with.
type Options struct {
	Sources []backends.Source
	Spans   *spans.Store
	Tracer  trace.TracerProvider
	// Context is the name of the config's context, "" for none; Colour the one it is shown in.
	Context, Colour string
	// Mono leaves colours out and keeps attributes, as NO_COLOR asks.
	Mono    bool
	In, Out *os.File
	// Notes are facts that the person should see once, clean; they stand in the last line at first.
	Notes []string
	// Alerts are clean texts that come later and stand in the last line for a while; it may be nil.
	Alerts <-chan string
	// Traffic tells of spans that come from other programs and go to them; nil where none can.
	Traffic func() spans.Traffic
	// Join are addresses for other clients, see views.Deps.
	Join []views.Address
	// Decoder opens payloads; nil means one that knows nothing but their bytes.
	Decoder *views.Decoder
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Run shows the console until the person quits, ctx ends or the terminal is lost, which alone is an
// error of these. The sources stay open.
func Run(ctx context.Context, opt Options) error {
	var program *tea.Program
	screen := ui.NewScreen(opt.Out, func() { program.Quit() })
	m := newModel(opt, screen)
	defer m.close()
	program = tea.NewProgram(m,
		tea.WithInput(ui.NewKeyboard(opt.In)), tea.WithOutput(screen),
		tea.WithAltScreen(), tea.WithReportFocus(), tea.WithFPS(rendererFPS), tea.WithoutSignalHandler(),
	)
	// A context of its own would make it stop without waiting for its reader.
	defer context.AfterFunc(ctx, program.Quit)()
	_, err := program.Run()
	return errors.Join(err, screen.Stop())
}

func newModel(opt Options, on terminal) *model {
	now := opt.Now
	if now == nil {
		now = time.Now
	}
	decoder := opt.Decoder
	if decoder == nil {
		decoder = views.NewDecoder()
	}
	m := &model{alerts: opt.Alerts, context: opt.Context, colour: opt.Colour, now: now(), terminal: on}
	m.deps = &views.Deps{
		Sources: opt.Sources, Spans: opt.Spans, Tracer: opt.Tracer.Tracer("bustop/ui"),
		Theme: ui.NewTheme(opt.Mono), Nav: m, Now: now, Join: opt.Join, Decoder: decoder,
		Traffic: opt.Traffic,
	}
	for _, pane := range []struct {
		short  string
		screen views.Screen
	}{
		{"Over", overview.New(m.deps)},
		{"Queue", queues.New(m.deps)},
		{"Strm", streams.New(m.deps)},
		{"Chan", channels.New(m.deps)},
		{"Lock", locks.New(m.deps)},
		{"Board", leaderboards.New(m.deps)},
		{"Keys", keys.New(m.deps)},
		{"Trace", traces.New(m.deps)},
	} {
		m.tabs = append(m.tabs, &tab{
			name: pane.screen.Title(), short: pane.short, stack: []views.Screen{pane.screen},
		})
	}
	m.Toast(strings.Join(opt.Notes, " · "))
	m.screen().Sync(m.now)
	return m
}
