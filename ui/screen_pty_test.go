//go:build unix

package ui

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/creack/pty"
)

// painter is a program that draws the texts it is sent, past Bubble Tea.
type painter struct {
	screen *Screen
	sizes  chan tea.Msg
}

func (p painter) Init() tea.Cmd { return nil }
func (p painter) View() string  { return "" }

func (p painter) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case string:
		p.screen.Draw([]string{"one", msg})
	case tea.WindowSizeMsg:
		p.sizes <- msg
	}
	return p, nil
}

// editor is a program that has the terminal for a while.
type editor struct{ out io.Writer }

func (e *editor) SetStdin(io.Reader)    {}
func (e *editor) SetStdout(w io.Writer) { e.out = w }
func (e *editor) SetStderr(io.Writer)   {}

func (e *editor) Run() error {
	_, err := e.out.Write([]byte("\x1b[Heditor"))
	return err
}

// A reader reads what is written to a terminal.
type reader struct {
	from  *os.File
	ahead string // what was read, but not yet asked for
}

// until returns what is written until text is.
func (r *reader) until(t *testing.T, text string) string {
	t.Helper()
	buf := make([]byte, 4096)
	for !strings.Contains(r.ahead, text) {
		n, err := r.from.Read(buf)
		if err != nil {
			t.Fatalf("%v, after %q; want %q", err, r.ahead, text)
		}
		r.ahead += string(buf[:n])
	}
	before, after, _ := strings.Cut(r.ahead, text)
	r.ahead = after
	return before
}

// TestScreenUnderBubbleTea holds that Bubble Tea writes what Screen takes it to write.
func TestScreenUnderBubbleTea(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	late := time.AfterFunc(20*time.Second, func() { tty.Close() })
	defer late.Stop()
	defer master.Close()

	var program *tea.Program
	screen := NewScreen(tty, func() { program.Quit() })
	sizes := make(chan tea.Msg, 2)
	program = tea.NewProgram(painter{screen, sizes}, tea.WithInput(NewKeyboard(tty)), tea.WithOutput(screen),
		tea.WithAltScreen(), tea.WithReportFocus(), tea.WithoutSignalHandler())
	ended := make(chan error, 1)
	go func() {
		_, err := program.Run()
		ended <- err
	}()

	terminal := reader{from: master}
	gets := func(text string) {
		t.Helper()
		if before := terminal.until(t, text); strings.Contains(before, frameBegin) || strings.Contains(before, "\x1b[H\r") {
			t.Errorf("drawn before %q: %q", text, before)
		}
	}
	whole := func(text string) string { return frameBegin + "\x1b[2J\x1b[1Hone\x1b[2H" + text + frameEnd }
	program.Send("a")
	gets(whole("a"))
	program.Send("b")
	gets(frameBegin + "\x1b[2H\x1b[Kb" + frameEnd)
	program.Send(tea.ClearScreen())
	gets(whole("b"))
	program.Send(tea.Exec(&editor{}, nil)())
	gets(leaveAlternate)
	gets("\x1b[Heditor")
	gets(enterAlternate)
	gets(whole("b"))
	<-sizes
	<-sizes // Bubble Tea asks beside the program, the second time after another one
	program.Quit()
	gets(leaveAlternate)
	gets("\x1b[?25h")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := screen.Stop(); err != nil {
		t.Error(err)
	}
}
