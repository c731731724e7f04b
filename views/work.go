package views

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"go.opentelemetry.io/otel/codes"

	"bustop/backends/spans"
)

// workDeadline bounds what a person started and is waiting for.
const workDeadline = 15 * time.Second

// Refreshing makes each turn of what fetch keeps fresh one trace, named after what is refreshed.
func Refreshing[T any](d *Deps, what string, fetch func(context.Context) (T, error)) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) {
		ctx, span := spans.Root(ctx, d.Tracer, "refresh "+what, spans.TriggerPoll)
		defer span.End()
		return fetch(ctx)
	}
}

// Result is the end of a Work. The root applies it on the event loop.
type Result struct{ Apply func() }

// Work runs do away from the event loop, within a span named after what the person did, and
// hands its outcome to then on the event loop.
func Work[T any](d *Deps, name string, do func(context.Context) (T, error), then func(T, error)) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), workDeadline)
		defer cancel()
		ctx, span := spans.Root(ctx, d.Tracer, name, spans.TriggerUser)
		value, err := do(ctx)
		if err != nil {
			span.SetStatus(codes.Error, "failed")
		}
		span.End()
		return Result{Apply: func() { then(value, err) }}
	}
}
