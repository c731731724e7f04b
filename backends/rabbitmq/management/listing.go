package management

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"bustop/backends"
)

// The sizes of pages. The API takes at most 500 rows a page. A listing of up to 500 rows is
// asked for whole; of a longer one only the rows in sight, because the server's work grows with
// every row.
const (
	PageFirst = 100
	PageMost  = 500
)

// Lister reads a listing of the management API in pages, in the order of names.
type Lister[T any] struct {
	Client  *Client
	Route   Route
	Columns string
	Name    func(T) string

	mu sync.Mutex
	// sizes remembers how many rows there were for the last match.
	match string
	size  int64
	known bool
}

// Rows is what a lister found.
type Rows[T any] struct {
	Items []T
	// whole says that items are all there are; otherwise they are those from the offset on.
	Whole bool
	// total is how many rows the server has.
	total int64
}

// Total is how many rows the server has.
func (r Rows[T]) Total() int64 { return r.total }

// Paged is a page of the API; an API that does not page sends the bare array.
type Paged[T any] struct {
	Items    List[T] `json:"items"`
	Filtered Number  `json:"filtered_count"`
	Pages    Number  `json:"page_count"`
}

// UnmarshalJSON takes both forms.
func (p *Paged[T]) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(string(text), "[") {
		err := p.Items.UnmarshalJSON(text)
		p.Filtered = Number{float64(len(p.Items)), true}
		p.Pages = Number{1, true}
		return err
	}
	type plain Paged[T]
	return json.Unmarshal(text, (*plain)(p))
}

// Page asks for one page, counted from 1; one past the end is empty. More are further parameters.
func (l *Lister[T]) Page(ctx context.Context, match string, page, size int, more url.Values) (Paged[T], error) {
	query := url.Values{
		"page": {strconv.Itoa(page)}, "page_size": {strconv.Itoa(size)},
		"sort": {"name"}, "columns": {l.Columns},
	}
	if match != "" {
		query.Set("name", match)
	}
	maps.Copy(query, more)
	var answer Paged[T]
	err := l.Client.Get(ctx, l.Route, query, &answer)
	if errors.Is(err, backends.ErrPastEnd) {
		return Paged[T]{}, nil
	}
	return answer, err
}

// Read returns all rows for a complete query, else all or those that the query selects.
func (l *Lister[T]) Read(ctx context.Context, q backends.Query) (Rows[T], error) {
	if q.Complete {
		return l.walk(ctx, q.Match)
	}
	size, known := l.remembered(q.Match)
	if !known {
		first, err := l.Page(ctx, q.Match, 1, PageFirst, nil)
		if err != nil {
			return Rows[T]{}, err
		}
		size = l.remember(q.Match, first)
		if size <= int64(len(first.Items)) {
			return Rows[T]{Items: first.Items, Whole: true, total: size}, nil
		}
		if q.Survey && size > PageMost && q.Offset <= 0 {
			return Rows[T]{Items: first.Items, total: size}, nil
		}
	}
	if size <= PageMost {
		all, err := l.Page(ctx, q.Match, 1, PageMost, nil)
		if err != nil {
			return Rows[T]{}, err
		}
		size = l.remember(q.Match, all)
		if size <= int64(len(all.Items)) {
			return Rows[T]{Items: all.Items, Whole: true, total: size}, nil
		}
	}
	return l.window(ctx, q)
}

// window returns the rows from the query's offset on. Pages are as large as the limit; an offset
// that is no multiple of it takes two.
func (l *Lister[T]) window(ctx context.Context, q backends.Query) (Rows[T], error) {
	limit := q.Limit
	if limit <= 0 {
		limit = PageFirst
	}
	limit = min(limit, PageMost)
	offset := max(q.Offset, 0)
	number, skip := offset/limit+1, offset%limit
	first, err := l.Page(ctx, q.Match, number, limit, nil)
	if err != nil {
		return Rows[T]{}, err
	}
	items := first.Items
	if skip > 0 && len(items) == limit {
		second, err := l.Page(ctx, q.Match, number+1, limit, nil)
		if err != nil {
			return Rows[T]{}, err
		}
		items = append(items, second.Items...)
	}
	items = items[min(skip, len(items)):]
	return Rows[T]{Items: items[:min(limit, len(items))], total: l.remember(q.Match, first)}, nil
}

// walk reads every page. Rows that move from one page to the next while it walks are taken once.
func (l *Lister[T]) walk(ctx context.Context, match string) (Rows[T], error) {
	seen := map[string]bool{}
	var all []T
	for number, pages := 1, 1; number <= pages; number++ {
		page, err := l.Page(ctx, match, number, PageMost, nil)
		if err != nil {
			return Rows[T]{}, err
		}
		for _, item := range page.Items {
			if name := l.Name(item); !seen[name] {
				seen[name] = true
				all = append(all, item)
			}
		}
		pages = int(page.Pages.Value)
		l.remember(match, page)
	}
	return Rows[T]{Items: all, Whole: true, total: int64(len(all))}, nil
}

func (l *Lister[T]) remembered(match string) (int64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size, l.known && l.match == match
}

func (l *Lister[T]) remember(match string, page Paged[T]) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.match, l.known = match, true
	l.size = max(int64(page.Filtered.Value), 0)
	if page.Filtered.Known {
		return l.size
	}
	l.size = int64(len(page.Items))
	return l.size
}

// PageOf turns rows into the page a query asks for: rows that keep accepts and whose name
// matches (servers match in their own way), converted.
func PageOf[R, T any](found Rows[R], q backends.Query, name func(R) string, keep func(R) bool, convert func(R) T) backends.Page[T] {
	var kept []R
	for _, row := range found.Items {
		if keep(row) && strings.Contains(name(row), q.Match) {
			kept = append(kept, row)
		}
	}
	page := backends.Page[T]{Total: backends.Count{Value: found.total, Certainty: backends.About}}
	if found.Whole {
		slices.SortStableFunc(kept, func(a, b R) int { return strings.Compare(name(a), name(b)) })
		page.Total = backends.ExactCount(int64(len(kept)))
		kept = kept[min(max(q.Offset, 0), len(kept)):]
		if q.Limit > 0 {
			kept = kept[:min(q.Limit, len(kept))]
		}
	} else {
		page.Notes = []string{"of so many only the rows in sight are counted"}
	}
	for _, row := range kept {
		page.Items = append(page.Items, convert(row))
	}
	return page
}
