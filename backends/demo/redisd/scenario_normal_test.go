package redisd_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// normaliser takes out of a reply what two servers cannot have in common. A reply that is not of
// the form it knows stays as it is, so that it differs.
type normaliser func(v value, arg string) value

func normalisers() map[string]normaliser {
	return map[string]normaliser{
		"sorted":  sorted,
		"pairs":   sortedPairs,
		"shape":   shape,
		"length":  length,
		"number":  number,
		"near":    near,
		"within":  within,
		"at":      anyAt,
		"field":   anyField,
		"entry":   onlyEntries,
		"ms":      milliseconds,
		"monitor": monitored,
		"info":    infoKinds,
		"exactly": infoValues,
		"clients": clientKinds,
		"begins":  begins,
		"min":     atLeast,
		"slow":    slowEntries,
		"page":    page,
	}
}

// sorted puts the items of an array or a set in order: the server's order is not defined. With an argument
// it does so to the items of that item, as in the replies of SCAN.
func sorted(v value, arg string) value {
	if i, err := strconv.Atoi(arg); err == nil && i < len(v.items) {
		v.items = slices.Clone(v.items)
		v.items[i] = sorted(v.items[i], "")
		return v
	}
	v.items = slices.SortedFunc(slices.Values(v.items), func(x, y value) int {
		return cmp.Compare(x.String(), y.String())
	})
	return v
}

// sortedPairs does it to the pairs of a map, or of an array which stands for one.
func sortedPairs(v value, arg string) value {
	if i, err := strconv.Atoi(arg); err == nil && i < len(v.items) {
		v.items = slices.Clone(v.items)
		v.items[i] = sortedPairs(v.items[i], "")
		return v
	}
	if len(v.items)%2 != 0 {
		return v
	}
	pairs := slices.Collect(slices.Chunk(v.items, 2))
	slices.SortFunc(pairs, func(x, y []value) int { return cmp.Compare(x[0].String(), y[0].String()) })
	v.items = slices.Concat(pairs...)
	return v
}

// shape keeps types only.
func shape(v value, _ string) value {
	if v.kind == '?' || v.null || v.kind == '-' {
		return v
	}
	if v.items == nil {
		v.text = "…"
	}
	v.items = slices.Clone(v.items)
	for i, item := range v.items {
		v.items[i] = shape(item, "")
	}
	return v
}

// length keeps the number of items, or of bytes.
func length(v value, _ string) value {
	if v.items != nil {
		return value{kind: v.kind, items: []value{{kind: ':', text: strconv.Itoa(len(v.items))}}}
	}
	return value{kind: v.kind, text: fmt.Sprintf("%d bytes", len(v.text))}
}

// number stands for any number that is not negative.
func number(v value, _ string) value {
	if n, err := strconv.ParseFloat(v.text, 64); err == nil && n >= 0 && !v.null {
		v.text = "number"
	}
	return v
}

// near stands for integers from 10 seconds below the argument up to it: remaining times in seconds or, if
// it is 100,000 and more, in milliseconds.
func near(v value, arg string) value {
	want, _ := strconv.ParseInt(arg, 10, 64)
	slack := int64(10)
	if want >= 100_000 {
		slack *= 1000
	}
	if n, err := strconv.ParseInt(v.text, 10, 64); err == nil && n <= want && n >= want-slack {
		v.text = "near " + arg
	}
	return v
}

// within stands for integers from 1 to the argument.
func within(v value, arg string) value {
	most, _ := strconv.ParseInt(arg, 10, 64)
	if n, err := strconv.ParseInt(v.text, 10, 64); err == nil && n >= 1 && n <= most {
		v.text = "up to " + arg
	}
	return v
}

// anyAt stands for any number at the given index of every innermost array.
func anyAt(v value, arg string) value {
	i, _ := strconv.Atoi(arg)
	v.items = slices.Clone(v.items)
	nested := false
	for j, item := range v.items {
		if item.items != nil {
			nested = true
			v.items[j] = anyAt(item, arg)
		}
	}
	if !nested && i < len(v.items) {
		v.items[i] = number(v.items[i], "")
	}
	return v
}

// anyField stands for any number behind one of the names, separated by commas, at any depth.
func anyField(v value, arg string) value {
	v.items = slices.Clone(v.items)
	names := strings.Split(arg, ",")
	for i, item := range v.items {
		v.items[i] = anyField(item, arg)
		if i > 0 && i%2 == 1 && slices.Contains(names, v.items[i-1].text) {
			v.items[i] = number(item, "")
		}
	}
	return v
}

// onlyEntries keeps the pairs of a map, or of an array which stands for one, that have the given names.
func onlyEntries(v value, arg string) value {
	names := strings.Split(arg, ",")
	out := value{kind: v.kind, items: []value{}}
	if v.items == nil {
		return v
	}
	for pair := range slices.Chunk(v.items, 2) {
		if slices.Contains(names, pair[0].text) {
			out.items = append(out.items, pair...)
		}
	}
	return out
}

// milliseconds stands for times of this century, wherever they are.
func milliseconds(v value, _ string) value {
	if n, err := strconv.ParseInt(v.text, 10, 64); err == nil && n > 1_600_000_000_000 && n < 4_000_000_000_000 {
		v.text = "time"
	}
	v.items = slices.Clone(v.items)
	for i, item := range v.items {
		v.items[i] = milliseconds(item, "")
	}
	return v
}

var monitorForm = regexp.MustCompile(`^\d+\.\d{6} \[(\d+) (127\.0\.0\.1:\d+|lua)\]`)

// monitored takes the time and the port out of a line of MONITOR.
func monitored(v value, _ string) value {
	v.text = monitorForm.ReplaceAllStringFunc(v.text, func(head string) string {
		m := monitorForm.FindStringSubmatch(head)
		if m[2] != "lua" {
			m[2] = "address"
		}
		return "time [" + m[1] + " " + m[2] + "]"
	})
	return v
}

// begins keeps a number of bytes.
func begins(v value, arg string) value {
	n, _ := strconv.Atoi(arg)
	if len(v.text) > n {
		v.text = v.text[:n] + "…"
	}
	return v
}

// atLeast stands for integers that are not below the argument.
func atLeast(v value, arg string) value {
	least, _ := strconv.ParseInt(arg, 10, 64)
	if n, err := strconv.ParseInt(v.text, 10, 64); err == nil && n >= least {
		v.text = "at least " + arg
	}
	return v
}

// slowEntries takes number, time, duration and port out of the entries of SLOWLOG GET.
func slowEntries(v value, _ string) value {
	v.items = slices.Clone(v.items)
	for i, entry := range v.items {
		if len(entry.items) != 6 {
			continue
		}
		entry.items = slices.Clone(entry.items)
		for j := range 3 {
			entry.items[j] = number(entry.items[j], "")
		}
		entry.items[4].text = kindOf(entry.items[4].text)
		v.items[i] = entry
	}
	return v
}

// page stands for a page of SCAN that is not the last, with at most the given number of items.
func page(v value, arg string) value {
	most, _ := strconv.Atoi(arg)
	if len(v.items) != 2 || v.items[0].text == "0" || len(v.items[1].items) == 0 || len(v.items[1].items) > most {
		return v
	}
	return value{kind: '+', text: "a page with up to " + arg + " items"}
}

// long is a word of n bytes.
func long(n int) string { return strings.Repeat("x", n) }

// kindOf is what sort of text a value of INFO or CLIENT LIST is.
func kindOf(text string) string {
	for _, k := range []struct{ name, form string }{
		{"integer", `^-?\d+$`},
		{"decimal", `^-?\d+\.\d+$`},
		{"percent", `^\d+\.\d+%$`},
		{"size", `^\d+(\.\d+)?[BKMGT]$`},
		{"hash", `^[0-9a-f]{40}$`},
		{"address", `^127\.0\.0\.1:\d+$`},
		{"nothing", `^$`},
	} {
		if regexp.MustCompile(k.form).MatchString(text) {
			return k.name
		}
	}
	return "text"
}

// infoKinds keeps of INFO the section names and, of the names in the argument, the sort of value. Without
// an argument it keeps the section names only.
func infoKinds(v value, arg string) value {
	return infoLines(v, arg, func(s string) string { return "<" + kindOf(s) + ">" })
}

// infoValues keeps the values themselves.
func infoValues(v value, arg string) value {
	return infoLines(v, arg, func(s string) string { return s })
}

func infoLines(v value, arg string, show func(string) string) value {
	var out, section []string
	flush := func() {
		slices.Sort(section)
		out = append(out, section...)
		section = nil
	}
	names := strings.Split(arg, ",")
	for line := range strings.SplitSeq(v.text, "\r\n") {
		name, text, found := strings.Cut(line, ":")
		switch {
		case strings.HasPrefix(line, "#"):
			flush()
			out = append(out, line)
		case found && slices.Contains(names, name):
			section = append(section, name+":"+show(text))
		}
	}
	flush()
	v.text = strings.Join(out, "\n")
	return v
}

// exactFields are those of CLIENT LIST that are the same for the same client.
const exactFields = "name flags db sub psub multi cmd user redir resp"

// clientKinds keeps of CLIENT LIST the lines of clients with a name, without their order, and of those the fields with
// what is the same anywhere.
func clientKinds(v value, _ string) value {
	var out []string
	for line := range strings.Lines(v.text) {
		var fields []string
		for _, field := range strings.Fields(line) {
			name, text, _ := strings.Cut(field, "=")
			if !slices.Contains(strings.Fields(exactFields), name) {
				text = "<" + kindOf(text) + ">"
			}
			fields = append(fields, name+"="+text)
		}
		if !strings.Contains(line, " name= ") {
			out = append(out, strings.Join(fields, " "))
		}
	}
	slices.Sort(out)
	v.text = strings.Join(out, "\n")
	return v
}
