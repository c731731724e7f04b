package rabbitmq

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
	pageFirst = 100
	pageMost  = 500
)

// lister reads a listing of the management API in pages, in the order of names.
type lister[T any] struct {
	client  *client
	route   route
	columns string
	name    func(T) string

	mu sync.Mutex
	// sizes remembers how many rows there were for the last match.
	match string
	size  int64
	known bool
}

// rows is what a lister found.
type rows[T any] struct {
	items []T
	// whole says that items are all there are; otherwise they are those from the offset on.
	whole bool
	// total is how many rows the server has.
	total int64
}

// pageJSON is a page of the API; an API that does not page sends the bare array.
type pageJSON[T any] struct {
	Items    list[T] `json:"items"`
	Filtered number  `json:"filtered_count"`
	Pages    number  `json:"page_count"`
}

// UnmarshalJSON takes both forms.
func (p *pageJSON[T]) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(string(text), "[") {
		err := p.Items.UnmarshalJSON(text)
		p.Filtered = number{float64(len(p.Items)), true}
		p.Pages = number{1, true}
		return err
	}
	type plain pageJSON[T]
	return json.Unmarshal(text, (*plain)(p))
}

func (l *lister[T]) page(ctx context.Context, match string, page, size int, more url.Values) (pageJSON[T], error) {
	query := url.Values{
		"page": {strconv.Itoa(page)}, "page_size": {strconv.Itoa(size)},
		"sort": {"name"}, "columns": {l.columns},
	}
	if match != "" {
		query.Set("name", match)
	}
	maps.Copy(query, more)
	var answer pageJSON[T]
	err := l.client.get(ctx, l.route, query, &answer)
	if errors.Is(err, errPastEnd) {
		return pageJSON[T]{}, nil
	}
	return answer, err
}

// read returns all rows for a complete query, else all or those that the query selects.
func (l *lister[T]) read(ctx context.Context, q backends.Query) (rows[T], error) {
	if q.Complete {
		return l.walk(ctx, q.Match)
	}
	size, known := l.remembered(q.Match)
	if !known {
		first, err := l.page(ctx, q.Match, 1, pageFirst, nil)
		if err != nil {
			return rows[T]{}, err
		}
		size = l.remember(q.Match, first)
		if size <= int64(len(first.Items)) {
			return rows[T]{items: first.Items, whole: true, total: size}, nil
		}
	}
	if size <= pageMost {
		all, err := l.page(ctx, q.Match, 1, pageMost, nil)
		if err != nil {
			return rows[T]{}, err
		}
		size = l.remember(q.Match, all)
		if size <= int64(len(all.Items)) {
			return rows[T]{items: all.Items, whole: true, total: size}, nil
		}
	}
	return l.window(ctx, q)
}

// window returns the rows from the query's offset on. Pages are as large as the limit; an offset
// that is no multiple of it takes two.
func (l *lister[T]) window(ctx context.Context, q backends.Query) (rows[T], error) {
	limit := q.Limit
	if limit <= 0 {
		limit = pageFirst
	}
	limit = min(limit, pageMost)
	offset := max(q.Offset, 0)
	number, skip := offset/limit+1, offset%limit
	first, err := l.page(ctx, q.Match, number, limit, nil)
	if err != nil {
		return rows[T]{}, err
	}
	items := first.Items
	if skip > 0 && len(items) == limit {
		second, err := l.page(ctx, q.Match, number+1, limit, nil)
		if err != nil {
			return rows[T]{}, err
		}
		items = append(items, second.Items...)
	}
	items = items[min(skip, len(items)):]
	return rows[T]{items: items[:min(limit, len(items))], total: l.remember(q.Match, first)}, nil
}

// walk reads every page. Rows that move from one page to the next while it walks are taken once.
func (l *lister[T]) walk(ctx context.Context, match string) (rows[T], error) {
	seen := map[string]bool{}
	var all []T
	for number, pages := 1, 1; number <= pages; number++ {
		page, err := l.page(ctx, match, number, pageMost, nil)
		if err != nil {
			return rows[T]{}, err
		}
		for _, item := range page.Items {
			if name := l.name(item); !seen[name] {
				seen[name] = true
				all = append(all, item)
			}
		}
		pages = int(page.Pages.value)
		l.remember(match, page)
	}
	return rows[T]{items: all, whole: true, total: int64(len(all))}, nil
}

func (l *lister[T]) remembered(match string) (int64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size, l.known && l.match == match
}

func (l *lister[T]) remember(match string, page pageJSON[T]) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.match, l.known = match, true
	l.size = max(int64(page.Filtered.value), 0)
	if page.Filtered.known {
		return l.size
	}
	l.size = int64(len(page.Items))
	return l.size
}

// pageOf turns rows into the page a query asks for: rows that keep accepts and whose name
// matches (servers match in their own way), converted.
func pageOf[R, T any](found rows[R], q backends.Query, name func(R) string, keep func(R) bool, convert func(R) T) backends.Page[T] {
	var kept []R
	for _, row := range found.items {
		if keep(row) && strings.Contains(name(row), q.Match) {
			kept = append(kept, row)
		}
	}
	page := backends.Page[T]{Total: backends.Count{Value: found.total, Certainty: backends.About}}
	if found.whole {
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
