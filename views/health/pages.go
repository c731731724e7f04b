package health

import (
	"context"
	"errors"
	"sync"

	"bustop/backends"
	"bustop/ui"
)

// pageSize is how many rows are asked for at once.
const pageSize = 100

// clientPage is which rows of a listing are asked for. Feeds read it from goroutines of their own.
type clientPage struct {
	mu    sync.Mutex
	query backends.Query
}

func (p *clientPage) get() backends.Query {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.query
	q.Limit = pageSize
	return q
}

func (p *clientPage) change(do func(*backends.Query)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do(&p.query)
}

// leave goes from a page that is past the end to the last one of a list of total rows, unless somebody has
// turned away from it since.
func (p *clientPage) leave(gone backends.Query, total int64) {
	p.change(func(q *backends.Query) {
		if q.Offset == gone.Offset && q.Match == gone.Match {
			q.Offset = int(max(total-1, 0) / pageSize * pageSize)
		}
	})
}

// pageOf is a page with what was asked for: the answer to another question may still be on the screen.
type pageOf[T any] struct {
	backends.Page[T]
	asked backends.Query
}

// paged reads the page that is asked for. When so many have gone that there is none any more, it is the
// last one that there is.
func paged[T any](p *clientPage, read func(context.Context, backends.Query) (backends.Page[T], error)) func(context.Context) (pageOf[T], error) {
	return func(ctx context.Context) (pageOf[T], error) {
		asked := p.get()
		page, err := read(ctx, asked)
		if asked.Offset == 0 || !errors.Is(err, backends.ErrPastEnd) {
			return pageOf[T]{page, asked}, err
		}
		first, err := read(ctx, backends.Query{Match: asked.Match, Limit: pageSize})
		if err != nil {
			return pageOf[T]{}, err
		}
		p.leave(asked, first.Total.Value)
		if asked = p.get(); asked.Offset == 0 {
			return pageOf[T]{first, asked}, nil
		}
		page, err = read(ctx, asked)
		return pageOf[T]{page, asked}, err
	}
}

// pageLines say which part of how many is shown, and which one is awaited.
func (s *Screen) pageLines(page *clientPage, asked backends.Query, total backends.Count, shown int, notes []string, things string, w int) []string {
	text := things
	if asked.Match != "" {
		text += " with " + asked.Match
	}
	if total.Value > int64(shown) && shown > 0 {
		text += " · " + ui.Count(int64(asked.Offset+1)) + "–" + ui.Count(int64(asked.Offset+shown)) + " shown, ] and [ turn pages"
	}
	lines := []string{ui.Fit(s.dim(text), w)}
	if next := page.get(); next.Match != asked.Match || next.Offset != asked.Offset {
		lines[0] = ui.Fit(s.dim(text+" · another page is awaited"), w)
	}
	for _, n := range notes {
		lines = append(lines, ui.Fit(" "+s.deps.Theme.Warn.Paint(ui.Clean(n)), w))
	}
	return lines
}
