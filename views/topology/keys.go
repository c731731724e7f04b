package topology

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// Bindings implements views.Screen.
func (s *screen) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "only what leads to and from this", Hint: "focus", Category: "Here", Do: s.open, Disabled: s.needsPlace},
		{Keys: []string{"v"}, Help: "tree or picture", Hint: s.other(), Category: "Here", Do: views.Do(func() { s.asTree = !s.asTree })},
		{Keys: []string{"d"}, Help: "where would this message go?", Hint: "where would it go?", Category: "Here", Do: s.ask},
		{Keys: []string{"n"}, Help: "next flaw", Category: "Here", Do: views.Do(s.nextFlaw), Disabled: s.needsFlaw},
		{Keys: []string{"/"}, Help: "filter (! inverts)", Hint: "filter", Category: "Here", Do: views.Do(s.filter.Begin)},
		{Keys: []string{" "}, Help: "freeze", Category: "Here", Do: views.Do(s.toggleFreeze)},
		{Keys: []string{"r"}, Help: "refresh now", Hint: "refresh", Category: "Here", Do: views.Do(s.watch.Refresh)},
		{Keys: []string{"y"}, Help: "copy the name", Category: "Here", Do: views.Do(s.copyName), Disabled: s.needsPlace},
	}
	if !s.filter.Empty() {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Here", Do: views.Do(s.dropFilter)})
	}
	if s.asTree {
		bs = append(bs,
			ui.Binding{Keys: []string{"left", "h"}, Help: "fold", Category: "Move", Hidden: true, Do: views.Do(s.tree.Fold)},
			ui.Binding{Keys: []string{"right", "l"}, Help: "unfold", Category: "Move", Hidden: true, Do: views.Do(s.tree.Unfold)},
		)
		return append(bs, views.Moves(s.tree.Move, s.tree.Page, s.tree.Home, s.tree.End)...)
	}
	column := func(c int) func() tea.Cmd { return views.Do(func() { s.picture.column = c }) }
	bs = append(bs,
		ui.Binding{Keys: []string{"left", "h"}, Help: "to the exchange", Category: "Move", Hidden: true, Do: column(columnExchange)},
		ui.Binding{Keys: []string{"right", "l"}, Help: "to the queue", Category: "Move", Hidden: true, Do: column(columnQueue)},
	)
	p := &s.picture
	return append(bs, views.Moves(p.move, p.pages, func() { p.move(-len(p.lines)) }, func() { p.move(len(p.lines)) })...)
}

// other is the drawing that is not shown now.
func (s *screen) other() string {
	if s.asTree {
		return "picture"
	}
	return "tree"
}

func (s *screen) needsPlace() string {
	if _, ok := s.selected(); !ok {
		return "nothing is selected"
	}
	return ""
}

func (s *screen) needsFlaw() string {
	if len(s.watch.Last.Value.Flaws) == 0 {
		return "no flaw was found"
	}
	return ""
}

// open shows what leads to and from the place that is marked, or what was left out there.
func (s *screen) open() tea.Cmd {
	if !s.asTree && s.picture.unfold() {
		s.arrange()
		return nil
	}
	target, ok := s.selected()
	switch {
	case !ok:
	case target == s.focus:
		s.deps.Nav.Toast("only what leads to and from it is shown already")
	default:
		s.deps.Nav.Push(New(s.deps, s.source, target))
	}
	return nil
}

func (s *screen) copyName() {
	if target, ok := s.selected(); ok {
		s.deps.Nav.Copy(ui.CleanPlain(target.Name))
	}
}

func (s *screen) dropFilter() {
	s.filter.Clear()
	s.arrange()
}

func (s *screen) toggleFreeze() {
	if s.frozen.IsZero() {
		s.frozen = s.now
	} else {
		s.frozen = time.Time{}
	}
}

// nextFlaw moves the marker to the place of the next flaw that is drawn, those first that matter most.
func (s *screen) nextFlaw() {
	grave, remarks := graded(s.watch.Last.Value.Flaws)
	all := slices.Concat(grave, remarks)
	for range all {
		i := s.flaw % len(all)
		s.flaw = i + 1
		if s.mark(all[i].Target) {
			return
		}
	}
	s.deps.Nav.Toast("the places with flaws are not drawn here")
}

// mark moves the marker to a place and reports whether that is drawn.
func (s *screen) mark(target backends.Target) bool {
	if s.asTree {
		i := slices.IndexFunc(s.tree.nodes, func(n node) bool { return n.target == target && n.row.Key != "" })
		if i >= 0 {
			s.tree.SetIndex(i)
		}
		return i >= 0
	}
	if i := slices.IndexFunc(s.picture.lines, func(l stroke) bool { return target.Kind == backends.KindExchange && l.exchange == target.Name }); i >= 0 {
		s.picture.sel, s.picture.column = i, columnExchange
		return true
	}
	i := slices.IndexFunc(s.picture.lines, func(l stroke) bool { return l.shown && l.place == target })
	if i < 0 {
		return s.unfoldTo(target)
	}
	s.picture.sel, s.picture.column = i, columnQueue
	return true
}

// unfoldTo draws the block whole in which a place was left out.
func (s *screen) unfoldTo(target backends.Target) bool {
	for _, b := range s.graph.blocks {
		if !s.picture.whole[b.exchange.Name] && slices.ContainsFunc(b.edges, func(e backends.Edge) bool { return e.To == target }) {
			s.picture.whole[b.exchange.Name] = true
			s.arrange()
			return s.mark(target)
		}
	}
	return false
}
