package app

import (
	"context"
	"errors"
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
	"bustop/views/channels"
	"bustop/views/leaderboards"
	"bustop/views/locks"
	"bustop/views/overview"
	"bustop/views/queues"
	"bustop/views/streams"
	"bustop/views/traces"
)

// framesPerSecond is how often the terminal is written to at most.
const framesPerSecond = 60

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
	// Notes are shown beside the sources, clean: the addresses of the demo, for example.
	Notes []string
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Run shows the console until the person quits or ctx ends. The sources stay open.
func Run(ctx context.Context, opt Options) error {
	screen := ui.NewScreen(opt.Out)
	m := newModel(opt)
	m.copyOut = func(text string) { _, _ = opt.Out.WriteString(ui.CopySequence(text)) }
	defer m.close()
	program := tea.NewProgram(m,
		tea.WithContext(ctx), tea.WithInput(ui.NewKeyboard(opt.In)), tea.WithOutput(screen),
		tea.WithAltScreen(), tea.WithReportFocus(), tea.WithFPS(framesPerSecond), tea.WithoutSignalHandler(),
	)
	_, err := program.Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil // asked to end by a signal, which is no failure
	}
	return err
}

func newModel(opt Options) *model {
	now := opt.Now
	if now == nil {
		now = time.Now
	}
	m := &model{context: opt.Context, colour: opt.Colour, notes: opt.Notes, now: now(), copyOut: func(string) {}}
	m.deps = &views.Deps{
		Sources: opt.Sources, Spans: opt.Spans, Tracer: opt.Tracer.Tracer("bustop/ui"),
		Theme: ui.NewTheme(opt.Mono), Nav: m, Now: now,
	}
	for _, pane := range []struct {
		short  string
		screen views.Screen
	}{
		{"Over", overview.New(m.deps)},
		{"Queue", queues.New(m.deps)},
		{"Stream", streams.New(m.deps)},
		{"Chan", channels.New(m.deps)},
		{"Lock", locks.New(m.deps)},
		{"Board", leaderboards.New(m.deps)},
		{"Trace", traces.New(m.deps)},
	} {
		m.tabs = append(m.tabs, &tab{
			name: pane.screen.Title(), short: pane.short, stack: []views.Screen{pane.screen},
		})
	}
	m.screen().Sync(m.now)
	return m
}
