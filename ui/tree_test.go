package ui

import (
	"strings"
	"testing"
)

func treeKeys(t *Tree) string {
	var out []string
	for _, l := range t.Render(NewTheme(true), 60, t.visible(), true) {
		key, _, _ := strings.Cut(strings.TrimLeft(stripSGR(l), " ▌▾▸"), ":")
		out = append(out, strings.TrimSpace(key))
	}
	return strings.Join(out, " ")
}

// small is a tree a(b c(d e(f)) g) with one letter keys.
func small() *Tree {
	keys, depths, ends := "abcdefg", []int{0, 1, 1, 2, 2, 3, 1}, []int{7, 2, 6, 4, 6, 6, 7}
	return NewTree(7, func(i int) TreeRow {
		return TreeRow{Depth: depths[i], Key: keys[i : i+1], Value: "v", Branch: ends[i] > i+1}
	}, func(i int) int { return ends[i] })
}

func TestTreeFolding(t *testing.T) {
	tree := small()
	for _, step := range []struct {
		name string
		do   func()
		keys string
		at   int
	}{
		{"start", func() {}, "a b c d e f g", 0},
		{"to c", func() { tree.Move(2) }, "a b c d e f g", 2},
		{"fold c", tree.Fold, "a b c g", 2},
		{"next is g", func() { tree.Move(1) }, "a b c g", 6},
		{"fold on a leaf goes to its parent", tree.Fold, "a b c g", 0},
		{"fold a", tree.Toggle, "a", 0},
		{"f unfolds what hides it", func() { tree.SetIndex(5) }, "a b c d e f g", 5},
		{"parent", tree.Fold, "a b c d e f g", 4},
		{"fold e", tree.Fold, "a b c d e g", 4},
		{"end", tree.End, "a b c d e g", 6},
		{"home", tree.Home, "a b c d e g", 0},
		{"unfold goes down", tree.Unfold, "a b c d e g", 1},
		{"unfold on a leaf", tree.Unfold, "a b c d e g", 1},
		{"fold deep", func() { tree.FoldFrom(1) }, "a b c g", 1},
		{"unfold c", func() { tree.Move(1); tree.Unfold() }, "a b c d e g", 2},
		{"all", tree.UnfoldAll, "a b c d e f g", 2},
	} {
		step.do()
		if got := treeKeys(tree); got != step.keys || tree.Index() != step.at {
			t.Errorf("%s: %s at %d, want %s at %d", step.name, got, tree.Index(), step.keys, step.at)
		}
	}
}

func TestTreeEmpty(t *testing.T) {
	tree := NewTree(0, nil, nil)
	tree.Move(1)
	tree.Fold()
	tree.Unfold()
	tree.Toggle()
	tree.End()
	tree.SetIndex(3)
	if tree.Index() != -1 {
		t.Errorf("index %d", tree.Index())
	}
	checkLines(t, "empty tree", tree.Render(NewTheme(false), 10, 3, true), 10, 3)
}

// TestTreeAsksOnlyForRowsInSight keeps a tree of a million nodes as cheap as a small one.
func TestTreeAsksOnlyForRowsInSight(t *testing.T) {
	asked := 0
	tree := NewTree(1_000_000, func(i int) TreeRow { asked++; return TreeRow{Key: "k", Value: "v", Depth: min(i, 1)} }, func(i int) int { return i + 1 })
	tree.SetIndex(500_000)
	tree.Render(NewTheme(false), 80, 24, true)
	if asked != 24 {
		t.Errorf("asked for %d rows", asked)
	}
}

func TestTreeInsert(t *testing.T) {
	keys, depths, ends := "abcd", []int{0, 1, 1, 2}, []int{4, 2, 4, 4}
	tree := NewTree(4, func(i int) TreeRow {
		return TreeRow{Depth: depths[i], Key: keys[i : i+1], Branch: ends[i] > i+1 || keys[i] == 'b', Closed: ends[i] == i+1, Mark: keys[i] == 'd'}
	}, func(i int) int { return ends[i] })
	if got := strings.Join(tree.Render(NewTheme(true), 8, 4, false), "\n"); !strings.Contains(stripSGR(got), "▸ b") || !strings.Contains(stripSGR(got), "•2›  d") {
		t.Errorf("a closed and a marked row:\n%s", got)
	}
	tree.SetIndex(2)
	tree.Fold()
	keys, depths, ends = "abxycd", []int{0, 1, 2, 2, 1, 2}, []int{6, 4, 3, 4, 6, 6}
	tree.Insert(2, 2)
	if got := treeKeys(tree); got != "a b x y c" || tree.Index() != 4 {
		t.Errorf("%s at %d", got, tree.Index())
	}
	tree.SetIndex(1)
	tree.Fold()
	if got := treeKeys(tree); got != "a b c" {
		t.Errorf("folded: %s", got)
	}
}
