package management

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// object is a JSON object whose keys the parameter columns can select, also in objects within it.
// RabbitMQ does not look into some others: those are plain maps here. Without keys it is written as
// an empty list.
type object map[string]any

// page is an object whose keys columns do not select, but those of its items.
type page map[string]any

// column is one of the parameter columns: names from the outside in.
type column []string

// columns reads the parameter columns; nil is all.
func (c *call) columns() []column {
	text, there := c.query["columns"]
	if !there {
		return nil
	}
	list := []column{}
	for _, name := range words(text, ",") {
		list = append(list, words(name, "."))
	}
	return list
}

// words splits without keeping empty parts.
func words(text, separator string) []string {
	return slices.DeleteFunc(strings.Split(text, separator), func(s string) bool { return s == "" })
}

// extract selects columns in what an answer holds.
func (c *call) extract(value any) any {
	columns := c.columns()
	if columns == nil {
		return value
	}
	if p, ok := value.(page); ok {
		p["items"] = narrow(p["items"], columns)
		return p
	}
	return narrow(value, columns)
}

// narrow keeps the columns of a value; nil columns keep all.
func narrow(value any, columns []column) any {
	if columns == nil {
		return value
	}
	switch v := value.(type) {
	case object:
		out := object{}
		for key, inner := range v {
			if slices.ContainsFunc(columns, func(c column) bool { return len(c) > 0 && c[0] == key }) {
				out[key] = narrow(inner, descend(key, columns))
			}
		}
		return out
	case []object:
		out := make([]object, len(v))
		for i := range v {
			out[i] = narrow(v[i], columns).(object)
		}
		return out
	}
	return value
}

// descend returns the columns within a key; nil when the key is wanted whole.
func descend(key string, columns []column) []column {
	inner := []column{}
	for _, c := range columns {
		if len(c) == 0 || c[0] != key {
			continue
		}
		if len(c) == 1 {
			return nil
		}
		inner = append(inner, c[1:])
	}
	return inner
}

// row is an object of a listing. It is made when something but its names is wanted of it:
// statistics of ten thousand queues of which a hundred are shown would be a waste.
type row struct {
	vhost, name string
	ask         func() object
	made        object
}

func (r *row) object() object {
	if r.made == nil {
		r.made = r.ask()
	}
	return r.made
}

// value is what the object has under a dotted name.
func (r *row) value(path []string) any {
	if r.made == nil && len(path) == 1 {
		switch path[0] {
		case "vhost":
			return r.vhost
		case "name":
			return r.name
		}
	}
	return dig(r.object(), path)
}

// augmented answers a listing that pages: it is sorted, cut to a page, and then columns are
// selected.
func (c *call) augmented(rows []row, defaults ...string) any {
	return c.paginated(sortRows(rows, c.sorting(defaults), c.reversed()), c.pagination())
}

// list answers a listing that does not page. Columns are selected before it is sorted.
func (c *call) list(items []object, defaults ...string) any {
	return c.paginated(c.prepared(items, defaults), nil)
}

// paged answers a listing of connections or channels, which pages.
func (c *call) paged(items []object, defaults ...string) any {
	wanted := c.pagination()
	return c.paginated(c.prepared(items, defaults), wanted)
}

func (c *call) prepared(items []object, defaults []string) []row {
	columns := c.columns()
	rows := make([]row, len(items))
	for i := range items {
		rows[i].made = narrow(items[i], columns).(object)
	}
	return sortRows(rows, c.sorting(defaults), c.reversed())
}

func (c *call) sorting(defaults []string) []string {
	if key, there := c.query["sort"]; there {
		return slices.Concat([]string{key}, defaults)
	}
	return defaults
}

// paginated cuts sorted rows to the page that is wanted, if one is.
func (c *call) paginated(rows []row, wanted *pagination) any {
	if wanted == nil {
		return objects(rows)
	}
	kept := rows
	if wanted.keep != nil {
		kept = slices.DeleteFunc(slices.Clone(rows), func(r row) bool {
			name, _ := r.value([]string{"name"}).(string)
			return !wanted.keep(name)
		})
	}
	return wanted.answer(objects(c.cut(wanted, kept)), len(kept), len(rows))
}

func objects(rows []row) []object {
	out := make([]object, len(rows))
	for i := range rows {
		out[i] = rows[i].object()
	}
	return out
}

func (c *call) reversed() bool {
	switch c.query["sort_reverse"] {
	case "true":
		return true
	case "", "false":
		return false
	}
	c.fail(crash())
	return false
}

// pagination is what a client asks of a listing that pages.
type pagination struct {
	page, size int
	keep       func(name string) bool // nil keeps all
}

// The sizes of pages.
const (
	defaultPage = 100
	largestPage = 500
)

// pagination reads the parameters; nil when no page is asked for.
func (c *call) pagination() *pagination {
	invalid := badRequest("Pagination parameters are invalid")
	number := func(name string) (int, string) {
		text, there := c.query[name]
		if !there {
			return 0, "undefined"
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			c.fail(invalid)
		}
		return n, strconv.Itoa(n)
	}
	n, nText := number("page")
	size, sizeText := number("page_size")
	if nText == "undefined" {
		return nil
	}
	if sizeText == "undefined" && n > 0 {
		size = defaultPage
	}
	if n <= 0 || size <= 0 || size > largestPage {
		c.fail(fault{
			400, "invalid_pagination_parameters",
			fmt.Sprintf("Invalid pagination parameters: page number %s, page size %s", nText, sizeText),
		})
	}
	p := &pagination{page: n, size: size}
	if name := c.query["name"]; name != "" {
		p.keep = c.matcher(name, c.query["use_regex"] == "true", invalid)
	}
	return p
}

// matcher returns a filter by name: a part of it, or a regular expression, in any case of letters.
func (c *call) matcher(name string, regex bool, invalid fault) func(string) bool {
	if !regex {
		name = strings.ToLower(name)
		return func(s string) bool { return strings.Contains(strings.ToLower(s), name) }
	}
	expression, err := regexp.Compile("(?i:" + name + ")")
	if err != nil {
		c.fail(invalid)
	}
	return expression.MatchString
}

// cut returns the rows of the page.
func (c *call) cut(p *pagination, rows []row) []row {
	// Compared so that a huge page number does not overflow.
	if p.page-1 > len(rows)/p.size || (p.page-1)*p.size > len(rows) {
		c.fail(fault{400, "page_out_of_range", fmt.Sprintf(
			"Page out of range, page: %d page size: %d, len: %d", p.page, p.size, len(rows))})
	}
	first := (p.page - 1) * p.size
	return rows[first:min(first+p.size, len(rows))]
}

func (p *pagination) answer(items []object, filtered, total int) page {
	return page{
		"items": items, "item_count": len(items), "filtered_count": filtered, "total_count": total,
		"page": p.page, "page_size": p.size, "page_count": (filtered + p.size - 1) / p.size,
	}
}
