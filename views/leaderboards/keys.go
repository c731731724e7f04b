package leaderboards

import (
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/ui"
	"bustop/views"
)

// Bindings implements views.Screen.
func (b *board) Bindings() []ui.Binding {
	var bs []ui.Binding
	if b.search.on {
		bs = append(bs, ui.Binding{Keys: []string{"enter"}, Help: "go there", Category: "Here", Do: views.Do(b.goToMatch), Disabled: b.needsRow})
	}
	bs = append(bs,
		ui.Binding{Keys: []string{"/"}, Help: "find members: enter searches the whole board", Hint: "find", Category: "Here", Do: views.Do(b.beginFilter)},
		ui.Binding{Keys: []string{"p"}, Help: "pin the member: its neighbours stay in sight", Hint: "pin", Category: "Here", Do: views.Do(b.pin), Disabled: b.needsRow},
		ui.Binding{Keys: []string{"d"}, Help: "deciles and histogram of the scores", Hint: "spread", Category: "Here", Do: b.toggleSpread},
		ui.Binding{Keys: []string{"a"}, Help: "highest or lowest score first", Hint: "order", Category: "Here", Do: views.Do(b.turnRound)},
		ui.Binding{Keys: []string{"#"}, Help: "go to a rank", Hint: "rank", Category: "Here", Do: b.promptRank},
		ui.Binding{Keys: []string{"s"}, Help: "sort the page by the next column", Hint: "sort", Category: "Here", Do: views.Do(b.table.NextSort)},
		ui.Binding{Keys: []string{"S"}, Help: "reverse the order of the page", Category: "Here", Do: views.Do(b.table.ReverseSort)},
		ui.Binding{Keys: []string{" "}, Help: "freeze", Category: "Here", Do: views.Do(b.freeze)},
		ui.Binding{Keys: []string{"r"}, Help: "refresh now", Category: "Here", Do: b.refresh},
		ui.Binding{Keys: []string{"y"}, Help: "copy the member", Category: "Here", Do: views.Do(b.copyMember), Disabled: b.needsRow},
	)
	if off, ok := views.NotThis(b.deps.Nav, ruleOf(b.item), "Here", b.deps.Nav.Back); ok {
		bs = append(bs, off)
	}
	switch {
	case b.search.on:
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "end the search", Category: "Here", Do: views.Do(b.dropFilter)})
	case !b.filter.Empty():
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Here", Do: views.Do(b.dropFilter)})
	}
	return append(bs, views.Moves(b.move, b.page, b.home, b.end)...)
}

func (b *board) needsRow() string {
	if _, ok := b.table.Selected(); !ok {
		return "no member is selected"
	}
	return ""
}

func (b *board) goToMatch() {
	if r, ok := b.table.Selected(); ok {
		b.goToMember(r.Place)
	}
}

func (b *board) copyMember() {
	if r, ok := b.table.Selected(); ok {
		b.deps.Nav.Copy(ui.CleanPlain(r.Member))
	}
}

func (b *board) promptRank() tea.Cmd {
	b.deps.Nav.Prompt("Go to rank", "from 1 to "+views.Count(b.view.Size), "", func(text string) tea.Cmd {
		rank, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil || rank < 1 {
			b.deps.Nav.Toast("a rank is a number from 1 on")
			return nil
		}
		b.goTo(min(rank, max(b.view.Size.Value, 1)), pick{})
		return nil
	})
	return nil
}
