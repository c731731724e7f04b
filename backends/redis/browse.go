package redis

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
)

var (
	_ backends.KeyBrowser  = keys{}
	_ backends.KeySearcher = keys{}
)

// ListShapes implements backends.KeyBrowser.
func (k keys) ListShapes(ctx context.Context, q backends.Query) (backends.Page[backends.KeyShape], error) {
	var page backends.Page[backends.KeyShape]
	state, err := k.s.walker.want(ctx, q.Complete, "")
	if err != nil {
		return page, err
	}
	page.Items = k.s.walker.shapes.list()
	if len(page.Items) == 0 && state.err != nil {
		return page, state.err
	}
	if q.Match != "" {
		page.Items = slices.DeleteFunc(page.Items, func(s backends.KeyShape) bool { return !strings.Contains(s.Form, q.Match) })
	}
	page.Total = backends.ExactCount(int64(len(page.Items)))
	if state.passes == 0 {
		page.Total.Certainty = backends.AtLeast
	}
	page.Notes = append(page.Notes, missingParts(state.absent)...)
	page.Notes = append(page.Notes, k.elsewhere(ctx)...)
	page.Seen, page.SeenOf = state.seen, max(state.size, state.seen)
	if q.Limit > 0 && len(page.Items) > q.Limit {
		page.Items = mostKeys(page.Items, q.Limit)
	}
	return page, nil
}

// elsewhere names the databases beside this one that held keys when the server was asked last, as nothing else
// on screen would tell why a key is not there.
func (k keys) elsewhere(ctx context.Context) []string {
	f, err := k.s.learn(ctx)
	if err != nil || f.cluster {
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(f.databases), func(name string) bool { return name == "db"+strconv.Itoa(k.s.at.db) })
	if len(others) == 0 {
		return nil
	}
	const named = 8
	text := strings.Join(others[:min(len(others), named)], ", ")
	if len(others) > named {
		text += ", …"
	}
	return []string{"other databases with keys, each opened by its number at the end of the URL: " + text}
}

// mostKeys keeps the shapes with the most keys.
func mostKeys(shapes []backends.KeyShape, n int) []backends.KeyShape {
	slices.SortStableFunc(shapes, func(a, b backends.KeyShape) int {
		return cmp.Compare(b.Count.Value, a.Count.Value)
	})
	return shapes[:n]
}

const (
	// pageScans is the most SCANs of one page of a shape's keys; the first asks for as many keys as are
	// wanted, the later ones for pageCount each while few of them are of the shape.
	pageScans, pageCount = 50, 1000
	// pageTime ends a page earlier.
	pageTime = 400 * time.Millisecond
	// pageKeys is the most keys of a page.
	pageKeys = 500
)

// ShapeKeys implements backends.KeyBrowser. The cursor is the number of the server, SCAN's own
// cursor and how many keys were passed.
func (k keys) ShapeKeys(ctx context.Context, form, cursor string, n int) (backends.KeyPage, error) {
	return k.SearchKeys(ctx, form, "", cursor, n)
}

// SearchKeys implements backends.KeySearcher. SCAN's own filter knows upper and lower case apart, so it
// only takes the form, and the names are compared here.
func (k keys) SearchKeys(ctx context.Context, form, text, cursor string, n int) (backends.KeyPage, error) {
	var page backends.KeyPage
	nodes, err := k.s.masters(ctx)
	if err != nil {
		return page, err
	}
	at, ok := parseScanCursor(cursor)
	if !ok || at.node >= len(nodes) {
		return page, &backends.Error{Reason: backends.BadUsage, Source: k.s.at.shown, What: "not a cursor of this listing"}
	}
	n = min(max(n, 1), pageKeys)
	names, err := k.named(ctx, nodes, &at, form, strings.ToLower(text), n)
	if err != nil {
		return page, err
	}
	rows, err := k.rows(ctx, names)
	if err != nil {
		return page, err
	}
	for _, r := range rows {
		if r.state == shown {
			page.Items = append(page.Items, r.item)
		}
	}
	if at.node < len(nodes) {
		page.Next = at.String()
	}
	page.SeenOf = held(ctx, nodes)
	page.Seen = min(at.passed, page.SeenOf)
	if page.Next == "" {
		page.Seen = page.SeenOf
	}
	return page, nil
}

// named goes on through the names of keys until n of them, or a few more, are of a form and contain a text
// of lower case. The servers get as much time for others as one step took them.
func (k keys) named(ctx context.Context, nodes []*node, at *scanCursor, form, text string, n int) (names []string, err error) {
	start, count := time.Now(), max(n, shapeSamples)
	for scans := 0; len(names) < n && at.node < len(nodes) && scans < pageScans && time.Since(start) < pageTime; scans++ {
		began := time.Now()
		found, err := scanMatch(ctx, nodes[at.node], at, globOf(form), count)
		if err != nil {
			return nil, err
		}
		found = k.s.walker.shapes.matching(form, found)
		if text != "" {
			found = slices.DeleteFunc(found, func(name string) bool { return !strings.Contains(strings.ToLower(name), text) })
		}
		if names = append(names, found...); 2*len(found) < count {
			count = pageCount
		}
		if scans > 0 {
			select {
			case <-time.After(time.Since(began)):
			case <-ctx.Done():
			}
		}
	}
	return names, nil
}

// held is how many keys the servers have, as far as they tell.
func held(ctx context.Context, nodes []*node) (sum int64) {
	for _, node := range nodes {
		if size, _ := node.one(ctx, "DBSIZE"); size != nil {
			n, _ := size.(int64)
			sum += n
		}
	}
	return sum
}

// scanCursor is where a page of a shape's keys ends.
type scanCursor struct {
	node   int
	cursor string
	passed int64
}

func (c scanCursor) String() string {
	return strconv.Itoa(c.node) + " " + c.cursor + " " + strconv.FormatInt(c.passed, 10)
}

func parseScanCursor(s string) (c scanCursor, ok bool) {
	if s == "" {
		return scanCursor{cursor: "0"}, true
	}
	parts := strings.Split(s, " ")
	if len(parts) != 3 {
		return c, false
	}
	node, err1 := strconv.Atoi(parts[0])
	_, err2 := strconv.ParseUint(parts[1], 10, 64)
	passed, err3 := strconv.ParseInt(parts[2], 10, 64)
	return scanCursor{node, parts[1], passed}, err1 == nil && err2 == nil && err3 == nil && node >= 0
}

// scanMatch takes one step and moves the cursor on, to the next server at the end of one.
func scanMatch(ctx context.Context, n *node, at *scanCursor, glob string, count int) ([]string, error) {
	v, err := n.one(ctx, "SCAN", at.cursor, "MATCH", glob, "COUNT", count)
	if err != nil && n.dialer.member && backends.ReasonOf(err) == backends.Unreachable && ctx.Err() == nil {
		at.node, at.cursor = at.node+1, "0" // the other nodes' keys are there
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parts, _ := v.([]any)
	if len(parts) != 2 {
		return nil, &backends.Error{Source: n.at.shown, What: "SCAN gave an answer of another form"}
	}
	at.cursor, _ = parts[0].(string)
	at.passed += int64(count)
	if at.cursor == "0" {
		at.node++
	}
	return texts(parts[1]), nil
}

// globOf is a pattern of SCAN that matches at least the names of a form.
func globOf(form string) string {
	var out strings.Builder
	for i := range len(form) {
		switch c := form[i]; c {
		case '#', '*':
			out.WriteByte('*')
		case '?', '[', ']', '\\', '^':
			out.WriteByte('\\')
			out.WriteByte(c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// matching keeps the names that have the form.
func (s *shapes) matching(form string, names []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(names, func(name string) bool { return s.of(name).form != form })
}
