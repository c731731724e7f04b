//go:build unix

package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/term"

	_ "bustop/ui/term" // the tests' terminal answers nothing
)

// The test binary is also the program under supervision: with envMode it does what the mode says.
const (
	envMode  = "SUPERVISE_TEST_MODE"
	envGrace = "SUPERVISE_TEST_GRACE"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(envMode); mode != "" {
		os.Exit(program(mode))
	}
	os.Exit(m.Run())
}

// enterModes is what a console turns on.
const enterModes = "\x1b[?1049h\x1b[?25l\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?1004h\x1b[?2026h\x1b[?7l\x1b[31m"

func program(mode string) int {
	CaptureCrash()
	grace := killAfter
	if d, err := time.ParseDuration(os.Getenv(envGrace)); err == nil {
		grace = d
	}
	if status, supervised := run(os.Args, os.Environ(), grace); supervised {
		return status
	}
	if mode == "tea panic" {
		return teaProgram()
	}
	saved, err := term.MakeRaw(0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 9
	}
	if mode == "stubborn" {
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
	}
	os.Stdout.WriteString(enterModes)
	fmt.Printf("ready child=%d parent=%d supervised=%v\r\n", os.Getpid(), os.Getppid(), InChild())
	return act(mode, saved)
}

func act(mode string, saved *term.State) int {
	switch mode {
	case "panic":
		go func() { panic(errors.New("boom \x1b[2J at redis://user:hunter2@host/")) }()
	case "map":
		m := map[int]int{}
		for range 8 {
			go func() {
				for {
					m[1]++
				}
			}()
		}
	case "exit":
		fmt.Fprintln(os.Stderr, "cannot go on \x1b[2J")
		os.Exit(7)
	case "leave":
		os.Stdout.WriteString("\x1b[?2026l\x1b[?7h\x1b[?1004l\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?25h\x1b[?1049l\x1b[0m")
		_ = term.Restore(0, saved)
		return 3
	}
	select {} // until a signal
}

type model struct{}

func (model) Init() tea.Cmd {
	return func() tea.Msg {
		go func() { panic("boom in a goroutine") }()
		return nil
	}
}
func (m model) Update(tea.Msg) (tea.Model, tea.Cmd) { return m, nil }
func (model) View() string                          { return "ready" }

func teaProgram() int {
	_, err := tea.NewProgram(model{}, tea.WithAltScreen(), tea.WithMouseCellMotion(), tea.WithReportFocus()).Run()
	fmt.Fprintln(os.Stderr, "not reached:", err)
	return 1
}
