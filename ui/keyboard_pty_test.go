//go:build unix

package ui

import (
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
)

// counter is a program that counts what it gets, until it gets "q".
type counter struct{ keys, mouse, pasted *atomic.Int64 }

func (c counter) Init() tea.Cmd { return nil }
func (c counter) View() string  { return "" }

func (c counter) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseMsg:
		c.mouse.Add(1)
	case tea.KeyMsg:
		if msg.Paste {
			c.pasted.Add(int64(len(msg.Runes)))
		} else if msg.String() == "q" {
			return c, tea.Quit
		} else {
			c.keys.Add(1)
		}
	}
	return c, nil
}

// TestKeyboardUnderBubbleTea sends more than fits into a block through a terminal.
func TestKeyboardUnderBubbleTea(t *testing.T) {
	const reports = 400
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer tty.Close()
	if _, err := term.MakeRaw(tty.Fd()); err != nil {
		t.Fatal(err)
	}
	c := counter{new(atomic.Int64), new(atomic.Int64), new(atomic.Int64)}
	program := tea.NewProgram(c, tea.WithInput(NewKeyboard(tty)), tea.WithOutput(io.Discard), tea.WithoutSignalHandler())
	late := time.AfterFunc(20*time.Second, program.Kill)
	defer late.Stop()
	go func() { // the terminal takes only a few kilobytes at once
		in := strings.Repeat("\x1b[<35;100;40M", reports) + pasteBegin + strings.Repeat("q", 3*maxPaste) + pasteEnd + "q"
		_, _ = io.Copy(struct{ io.Writer }{master}, strings.NewReader(in))
	}()
	if _, err := program.Run(); err != nil {
		t.Fatal(err)
	}
	if c.mouse.Load() != reports || c.keys.Load() != 0 {
		t.Errorf("%d of %d mouse events, %d keys", c.mouse.Load(), reports, c.keys.Load())
	}
	if n := c.pasted.Load(); n <= maxPaste || n > maxPaste+16 {
		t.Errorf("%d characters of the paste", n)
	}
}
