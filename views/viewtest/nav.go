package viewtest

import (
	tea "github.com/charmbracelet/bubbletea"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/views"
)

// Nav remembers what a screen asked of the console and consents to everything.
type Nav struct {
	Pushed []views.Screen
	Toasts []string
	Copied []string
	Asked  []backends.Plan
	Traces []trace.TraceID
	// Targets are those of spans that were opened.
	Targets []views.SpanTarget
	// Answer is what prompts are answered with, Choice which option is chosen.
	Answer string
	Choice int
	// Options are those of the last choice.
	Options []string
}

// Push implements views.Nav.
func (n *Nav) Push(s views.Screen) {
	n.Pushed = append(n.Pushed, s)
	if starter, ok := s.(views.Starter); ok {
		n.Run(starter.Start())
	}
}

// Back implements views.Nav.
func (n *Nav) Back() { n.Pushed = n.Pushed[:len(n.Pushed)-1] }

// Ask implements views.Nav.
func (n *Nav) Ask(plan backends.Plan, count int, then func(backends.Look) tea.Cmd) tea.Cmd {
	n.Asked = append(n.Asked, plan)
	if plan.Consent == backends.Refused {
		return nil
	}
	return then(backends.Look{Target: plan.Target, N: count, Confirmed: true, TypedName: plan.Target.Name})
}

// Prompt implements views.Nav.
func (n *Nav) Prompt(_, _, _ string, then func(string) tea.Cmd) { n.Run(then(n.Answer)) }

// Choose implements views.Nav.
func (n *Nav) Choose(_ string, options []string, then func(int) tea.Cmd) {
	n.Options = options
	n.Run(then(n.Choice))
}

// Run implements views.Nav: at once, on the test's goroutine.
func (n *Nav) Run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if result, ok := cmd().(views.Result); ok {
		result.Apply()
	}
}

// Toast implements views.Nav.
func (n *Nav) Toast(text string) { n.Toasts = append(n.Toasts, text) }

// Copy implements views.Nav.
func (n *Nav) Copy(text string) { n.Copied = append(n.Copied, text) }

// OpenTrace implements views.Nav.
func (n *Nav) OpenTrace(ref views.TraceRef) { n.Traces = append(n.Traces, ref.Trace) }

// OpenTarget implements views.Nav.
func (n *Nav) OpenTarget(target views.SpanTarget) { n.Targets = append(n.Targets, target) }
