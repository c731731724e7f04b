package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// mostRows is how many rows of a section are printed; JSON has them all.
const mostRows = 30

// healthPart is a part of an object that has no room in its row: what its JSON says, as a table.
type healthPart struct {
	title string
	table table
	left  int // rows that are not printed
}

// jsonField is a field of a JSON object, whose value is one of those of encoding/json with members for an object.
type jsonField struct {
	name  string
	value any
}

// sectionsOf are the objects and arrays within a JSON object of ours, in its order. Rows are as short as JSON's
// values are, with the names that they have there, so that both forms tell the same by the same words.
func sectionsOf(object []byte) []healthPart {
	dec := json.NewDecoder(bytes.NewReader(object))
	dec.UseNumber()
	root, err := inOrder(dec)
	if err != nil {
		return nil // we have written it ourselves: it never fails
	}
	var out []healthPart
	addSections(&out, "", root)
	return out
}

// inOrder reads a value and keeps the order of an object's fields.
func inOrder(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	var members []jsonField
	var items []any
	for dec.More() {
		var m jsonField
		if delim == '{' {
			name, err := dec.Token()
			if err != nil {
				return nil, err
			}
			m.name, _ = name.(string)
		}
		if m.value, err = inOrder(dec); err != nil {
			return nil, err
		}
		members, items = append(members, m), append(items, m.value)
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if delim == '{' {
		return members, nil
	}
	return items, nil
}

// addSections takes an object apart: what it holds itself is one section where it is not the outermost, and
// each array of objects and each object within is another.
func addSections(to *[]healthPart, title string, value any) {
	members, _ := value.([]jsonField)
	var plain []jsonField
	at := len(*to)
	for _, m := range members {
		within := strings.TrimSpace(title + " " + strings.ToUpper(strings.ReplaceAll(m.name, "_", " ")))
		switch v := m.value.(type) {
		case []jsonField:
			addSections(to, within, v)
		case []any:
			if texts := rowsOf(m.name, v); len(texts) > 0 {
				addRows(to, within, texts)
			}
		default:
			plain = append(plain, m)
		}
	}
	if title != "" && len(plain) > 0 {
		s := healthPart{title: title}
		s.add([][]jsonField{plain})
		*to = slices.Insert(*to, at, s)
	}
}

// rowsOf are the elements of an array as objects: texts get the array's name.
func rowsOf(name string, items []any) [][]jsonField {
	var out [][]jsonField
	for _, item := range items {
		if members, ok := item.([]jsonField); ok {
			out = append(out, members)
		} else {
			out = append(out, []jsonField{{strings.TrimSuffix(name, "s"), item}})
		}
	}
	return out
}

// addRows adds an array of objects: as one section, or where these have parts of their own each as several.
func addRows(to *[]healthPart, title string, all [][]jsonField) {
	deep := func(members []jsonField) bool {
		return slices.ContainsFunc(members, func(m jsonField) bool { _, ok := m.value.([]jsonField); return ok && m.name != "limits" })
	}
	if !slices.ContainsFunc(all, deep) {
		s := healthPart{title: title, left: max(len(all)-mostRows, 0)}
		s.add(all[:min(len(all), mostRows)])
		*to = append(*to, s)
		return
	}
	for _, members := range all {
		if len(members) > 0 { // the first field names it
			addSections(to, strings.TrimSuffix(title, "S")+" "+cellOf(members[0].value), members[1:])
		}
	}
}

// add appends rows; a column of which nothing is known in any row is left out.
func (s *healthPart) add(all [][]jsonField) {
	var names []string
	for _, members := range all {
		for _, m := range members {
			if m.value != nil && !slices.Contains(names, m.name) {
				names = append(names, m.name)
			}
		}
	}
	for _, name := range names {
		numbers := true
		for _, members := range all {
			switch valueOf(members, name).(type) {
			case json.Number, nil:
			default:
				numbers = false
			}
		}
		s.table.columns = append(s.table.columns, column{strings.ToUpper(strings.ReplaceAll(name, "_", " ")), numbers})
	}
	for _, members := range all {
		cells := make([]string, len(names))
		for i, name := range names {
			cells[i] = cellOf(valueOf(members, name))
		}
		s.table.add(cells...)
	}
}

func valueOf(members []jsonField, name string) any {
	for _, m := range members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// cellOf is a value in a cell.
func cellOf(value any) string {
	switch v := value.(type) {
	case nil:
		return orUnknown("")
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		if f, err := v.Float64(); err == nil && strings.Contains(v.String(), ".") {
			return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
		}
		return v.String()
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, cellOf(item))
		}
		return strings.Join(parts, " ")
	case []jsonField:
		var parts []string
		for _, m := range v {
			parts = append(parts, m.name+"="+cellOf(m.value))
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(value)
}

// write prints the section under its title.
func (s *healthPart) write(w io.Writer, width int) {
	fmt.Fprintln(w)
	title := table{columns: []column{{}}}
	title.add(s.title)
	fmt.Fprintln(w, cut(title.rows[0][0], width))
	s.table.write(w, width)
	if s.left > 0 {
		fmt.Fprintln(w, cut(fmt.Sprintf("+%d more (-o json has them all)", s.left), width))
	}
}
