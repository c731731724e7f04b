//go:build unix

package term_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/creack/pty"

	_ "bustop/ui/term"
)

// The test binary is also the program that starts: it imports Bubble Tea and this package.
const envStart = "TERM_TEST_START"

func TestMain(m *testing.M) {
	if os.Getenv(envStart) != "" {
		fmt.Println("started", tea.KeyEnter)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// question is what asks a terminal for its background colour (xterm, OSC 11).
const question = "\x1b]11;?"

// start runs a program on a terminal that answers nothing, until its output holds one of the two texts,
// and returns the output.
func start(t *testing.T, path, text, other string) string {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	cmd := exec.Command(path)
	cmd.Env = append(environment(), envStart+"=1", "TERM=xterm-256color")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	late := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() }) // ends the reading too
	defer late.Stop()
	var out strings.Builder
	buf := make([]byte, 1024)
	for !strings.Contains(out.String(), text) && !strings.Contains(out.String(), other) {
		n, err := master.Read(buf)
		out.Write(buf[:n])
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EIO) { // Linux says EIO at the end
				t.Error(err)
			}
			break
		}
	}
	return out.String()
}

// environment returns ours without what keeps the library from asking.
func environment() []string {
	var out []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "CI", "NO_COLOR", "TMUX", "COLORFGBG", "TERM", "GOOGLE_CLOUD_SHELL":
		default:
			out = append(out, e)
		}
	}
	return out
}

// TestStartsAtOnceOnAMuteTerminal holds the order of initialisation: by the time that a program prints its
// first word no question has been asked, and so nothing has been waited for.
func TestStartsAtOnceOnAMuteTerminal(t *testing.T) {
	out := start(t, os.Args[0], "started", question)
	if !strings.Contains(out, "started") || strings.Contains(out, "\x1b") {
		t.Errorf("output %q", out)
	}
}

// TestLibraryStillAsks holds that the test above can fail, and tells when this package is no longer needed.
func TestLibraryStillAsks(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "bare")
	build := exec.Command("go", "build", "-o", bin, "./testdata/bare")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out := start(t, bin, "started", question); !strings.Contains(out, question) {
		t.Errorf("without this package the output is %q; no question is asked any more", out)
	}
}
