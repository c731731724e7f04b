package deadletters

import (
	"slices"
	"testing"
	"time"

	"bustop/backends"
	"bustop/views"
)

func TestDiff(t *testing.T) {
	for _, c := range []struct {
		name        string
		left, right []leaf
		want        []difference
	}{
		{"nothing", nil, nil, nil},
		{"alike", []leaf{{"a", "1", "t"}}, []leaf{{"a", "1", "t"}}, []difference{{"a", "1", "1", same}}},
		{"changed", []leaf{{"a", "1", "t"}}, []leaf{{"a", "2", "t"}}, []difference{{"a", "1", "2", changed}}},
		{
			"what only the right has stands where it is there",
			[]leaf{{"a", "1", "t"}, {"c", "3", "t"}},
			[]leaf{{"0", "x", "t"}, {"a", "1", "t"}, {"b", "2", "t"}, {"c", "3", "t"}, {"d", "4", "t"}},
			[]difference{{"0", "", "x", onlyRight}, {"a", "1", "1", same}, {"b", "", "2", onlyRight}, {"c", "3", "3", same}, {"d", "", "4", onlyRight}},
		},
		{"only left", []leaf{{"a", "1", "t"}, {"b", "2", "t"}}, []leaf{{"b", "2", "t"}}, []difference{{"a", "1", "", onlyLeft}, {"b", "2", "2", same}}},
		{"another order", []leaf{{"a", "1", "t"}, {"b", "2", "t"}}, []leaf{{"b", "2", "t"}, {"a", "1", "t"}}, []difference{{"a", "1", "1", same}, {"b", "2", "2", same}}},
		{
			"a path twice",
			[]leaf{{"a", "1", "t"}, {"a", "2", "t"}},
			[]leaf{{"a", "1", "t"}, {"a", "3", "t"}, {"a", "4", "t"}},
			[]difference{{"a", "1", "1", same}, {"a′", "2", "3", changed}, {"a′′", "", "4", onlyRight}},
		},
		{"text and number", []leaf{{"a", "17", "text"}}, []leaf{{"a", "17", "number"}}, []difference{{"a", "17 (text)", "17 (number)", changed}}},
		{"empty is a value", []leaf{{"a", "", "t"}}, []leaf{{"a", "1", "t"}}, []difference{{"a", "", "1", changed}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := diff(c.left, c.right)
			if !slices.Equal(got, c.want) {
				t.Errorf("it is %v", got)
			}
			back := diff(c.right, c.left)
			if len(back) != len(got) {
				t.Errorf("the other way round there are %d lines, not %d", len(back), len(got))
			}
		})
	}
}

func TestLeaves(t *testing.T) {
	m := backends.Message{
		Route: "k", Body: []byte(`{"id":17,"lines":[{"sku":"A"},{}],"note":null}`), ContentType: "application/json",
		Headers: []backends.Field{{Name: "x-death", Value: []byte(`[{"queue":"q","count":2}]`)}, {Name: "type", Value: []byte("order placed")}},
	}
	m.Size = len(m.Body)
	want := []leaf{
		{"routing key", "k", ""},
		{"content type", "application/json", ""},
		{"content encoding", "", ""},
		{"x-death[0].queue", "q", "string"},
		{"x-death[0].count", "2", "number"},
		{"type", "order placed", ""},
		{"body.id", "17", "number"},
		{"body.lines[0].sku", "A", "string"},
		{"body.lines[1]", "{0}", "object"},
		{"body.note", "null", "null"},
	}
	if got := leavesOf(m, views.NewDecoder()); !slices.Equal(got, want) {
		t.Errorf("they are %q", got)
	}
}

func TestGroups(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 12, minute, 0, 0, time.UTC) }
	of := func(queue, reason, exception string, since time.Time, body string) letter {
		return letter{msg: backends.Message{Body: []byte(body), Time: at(59), TimeReceived: true}, fate: backends.LetterFate{Queue: queue, Reason: reason, Exception: exception, Since: since}}
	}
	groups := grouped([]letter{
		of("a", "rejected", "", at(1), "1"), of("b", "rejected", "", at(9), "2"), of("a", "rejected", "E", at(3), "3"),
		of("a", "rejected", "", at(5), "4"), of("a", "rejected", "", time.Time{}, "5"), of("", "", "", time.Time{}, "6"),
	})
	var got []string
	for _, g := range groups {
		text := g.queue + "|" + g.reason + "|" + g.exception + " "
		for _, l := range g.letters {
			text += string(l.msg.Body)
		}
		if !g.oldest.IsZero() {
			text += g.oldest.Format(" 04") + g.newest.Format("-04")
		}
		got = append(got, text)
	}
	want := []string{"a|rejected| 145 01-05", "b|rejected| 2 09-09", "a|rejected|E 3 03-03", "|| 6"}
	if !slices.Equal(got, want) {
		t.Errorf("they are %q", got)
	}
}
