package management

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// sortRows sorts by keys, which may be dotted. What has no such key counts as 0.
func sortRows(rows []row, keys []string, reverse bool) []row {
	if len(keys) == 0 {
		return rows
	}
	type keyed struct {
		row
		keys []any
	}
	paths := make([][]string, len(keys))
	for i, key := range keys {
		paths[i] = words(key, ".")
	}
	sorted := make([]keyed, len(rows))
	for i := range rows {
		values := make([]any, len(paths))
		for j, path := range paths {
			values[j] = rows[i].value(path)
		}
		sorted[i] = keyed{rows[i], values}
	}
	slices.SortStableFunc(sorted, func(a, b keyed) int {
		return slices.CompareFunc(a.keys, b.keys, compareValues)
	})
	if reverse {
		slices.Reverse(sorted)
	}
	out := make([]row, len(rows))
	for i := range sorted {
		out[i] = sorted[i].row
	}
	return out
}

func dig(value any, path []string) any {
	for _, name := range path {
		var inner any
		switch v := value.(type) {
		case object:
			inner = v[name]
			if _, there := v[name]; !there {
				return 0
			}
		case map[string]any:
			inner = v[name]
			if _, there := v[name]; !there {
				return 0
			}
		default:
			return 0
		}
		value = inner
	}
	return value
}

// compareValues orders values as Erlang orders its terms: numbers, then null and truth values,
// then objects, lists and texts.
func compareValues(a, b any) int {
	rankA, numberA, textA := rank(a)
	rankB, numberB, textB := rank(b)
	return cmp.Or(cmp.Compare(rankA, rankB), cmp.Compare(numberA, numberB), strings.Compare(textA, textB))
}

func rank(value any) (rank int, number float64, text string) {
	switch v := value.(type) {
	case int:
		return 0, float64(v), ""
	case int64:
		return 0, float64(v), ""
	case uint64:
		return 0, float64(v), ""
	case int32:
		return 0, float64(v), ""
	case uint16:
		return 0, float64(v), ""
	case float64:
		return 0, v, ""
	case decimal:
		return 0, float64(v), ""
	case json.Number:
		f, _ := v.Float64()
		return 0, f, ""
	case nil:
		return 1, 0, ""
	case bool:
		if v {
			return 1, 0, "true"
		}
		return 1, 0, "false"
	case string:
		return 3, 0, v
	}
	return 2, 0, ""
}
