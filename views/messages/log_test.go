package messages

import (
	"strconv"
	"strings"
	"testing"

	"bustop/backends"
)

func text(i int) backends.Message { return backends.Message{Body: []byte(strconv.Itoa(i))} }

func filled(bound, n int) *log {
	l := &log{max: bound}
	for i := range n {
		l.add(text(i + 1))
	}
	return l
}

func TestLogKeepsTheNewest(t *testing.T) {
	l := filled(100, 1234)
	if l.kept() != 100 || l.len() != 100 || l.first() != 1135 || l.last != 1234 {
		t.Fatalf("kept %d, first %d, last %d", l.kept(), l.first(), l.last)
	}
	for i := range l.len() {
		if e := l.at(i); e.n != l.first()+uint64(i) || string(e.msg.Body) != strconv.FormatUint(e.n, 10) || l.index(e.n) != i {
			t.Fatalf("row %d is %d %q", i, e.n, e.msg.Body)
		}
	}
	if l.index(1) != 0 {
		t.Errorf("an evicted entry is looked for at %d", l.index(1))
	}
}

func TestLogFilterFollowsWhatComes(t *testing.T) {
	l := filled(100, 50)
	ends7 := func(m backends.Message) bool { return strings.HasSuffix(string(m.Body), "7") }
	l.filter(ends7)
	if l.len() != 5 || l.at(4).n != 47 {
		t.Fatalf("%d match", l.len())
	}
	for i := 50; i < 250; i++ {
		l.add(text(i + 1))
	}
	if l.len() != 10 || l.at(0).n != 157 || l.at(9).n != 247 {
		t.Fatalf("%d match, first %d", l.len(), l.at(0).n)
	}
	if l.index(157) != 0 || l.index(158) != 1 || l.index(999) != 10 {
		t.Errorf("indexes %d %d %d", l.index(157), l.index(158), l.index(999))
	}
	l.filter(nil)
	if l.len() != 100 {
		t.Errorf("%d shown without a filter", l.len())
	}
}

func TestLogOfOneLargeBatch(t *testing.T) {
	l := &log{max: 10}
	batch := make([]backends.Message, 95)
	for i := range batch {
		batch[i] = text(i + 1)
	}
	l.add(batch...)
	if l.kept() != 10 || string(l.at(0).msg.Body) != "86" {
		t.Fatalf("kept %d from %q", l.kept(), l.at(0).msg.Body)
	}
}
