package ui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
)

// A tube is the far end of a Screen: what is written waits there until it is read.
type tube struct {
	*Screen
	far  *os.File
	lost chan struct{}
}

func newTube(t *testing.T) *tube {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	lost := make(chan struct{})
	s := &tube{NewScreen(w, func() { close(lost) }), r, lost}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return s
}

// ends holds that the writer ends, in peace.
func (s *tube) ends(t *testing.T) {
	t.Helper()
	s.far.Close()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

// turn is one of the writer's.
func (s *tube) turn(t *testing.T) {
	t.Helper()
	if err := s.update(); err != nil {
		t.Fatal(err)
	}
}

// framework writes as Bubble Tea does.
func (s *tube) framework(t *testing.T, sequences ...string) {
	t.Helper()
	for _, seq := range sequences {
		if _, err := io.WriteString(s.Screen, seq); err != nil {
			t.Fatal(err)
		}
	}
}

// until reads until what was read ends with text.
func (s *tube) until(t *testing.T, text string) string {
	t.Helper()
	_ = s.far.SetReadDeadline(time.Now().Add(20 * time.Second))
	var got strings.Builder
	buf := make([]byte, 4096)
	for !strings.HasSuffix(got.String(), text) {
		n, err := s.far.Read(buf)
		if err != nil {
			t.Fatalf("%v, after %q; want %q", err, got.String(), text)
		}
		got.Write(buf[:n])
	}
	return got.String()
}

func (s *tube) reads(t *testing.T, want string) {
	t.Helper()
	if got := s.until(t, want); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScreen(t *testing.T) {
	s := newTube(t)
	defer s.ends(t)
	var _ term.File = s.Screen

	s.Draw([]string{"a", "b"}) // before the alternate screen is there
	s.turn(t)
	s.framework(t, "\x1b[?25l", enterAlternate, eraseScreen)
	s.reads(t, "\x1b[?25l"+enterAlternate+eraseScreen+frameBegin+"\x1b[2J\x1b[1Ha\x1b[2Hb"+frameEnd)

	frame := "\x1b[H\r \x1b[K\x1b[1;0H" // Bubble Tea's
	if n, err := s.Write([]byte(frame)); n != len(frame) || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	s.Draw([]string{"a", "c"})
	s.reads(t, frameBegin+"\x1b[2H\x1b[Kc"+frameEnd)

	s.Draw([]string{"a", "c"}) // nothing changed
	s.Copy("x")
	s.reads(t, CopySequence("x"))

	s.Repaint()
	s.Draw([]string{"a", "c"})
	s.reads(t, frameBegin+"\x1b[2J\x1b[1Ha\x1b[2Hc"+frameEnd)
}

// TestScreenGivenAway holds that nothing is drawn while another program has the terminal, and that
// everything is when it comes back.
func TestScreenGivenAway(t *testing.T) {
	s := newTube(t)
	defer s.ends(t)
	s.framework(t, enterAlternate, eraseScreen)
	s.Draw([]string{"a"})
	s.until(t, frameEnd)

	s.framework(t, leaveAlternate)
	s.Draw([]string{"b"})
	s.Copy("x")
	s.turn(t)
	s.framework(t, "\x1b[?25h")
	if _, err := s.Write([]byte("\x1b[Hof the other program")); err != nil {
		t.Error(err)
	}
	s.reads(t, leaveAlternate+"\x1b[?25h\x1b[Hof the other program")

	s.framework(t, enterAlternate, eraseScreen)
	s.reads(t, enterAlternate+eraseScreen+frameBegin+"\x1b[2J\x1b[1Hb"+frameEnd+CopySequence("x"))
}

// TestSlowTerminal draws on a terminal that takes nothing for a while.
func TestSlowTerminal(t *testing.T) {
	const frames = 1000
	s := newTube(t)
	defer s.ends(t)
	s.framework(t, enterAlternate, eraseScreen)
	long := strings.Repeat("-", 1000)
	var last []string
	for i := range frames { // a hundred times what a pipe holds
		last = slices.Repeat([]string{fmt.Sprintf("%04d%s", i, long)}, 10)
		s.Draw(last)
	}
	if _, err := s.Write([]byte("\x1b[H\rnor does Bubble Tea wait")); err != nil {
		t.Error(err)
	}
	got := s.until(t, last[9]+frameEnd)
	if n := strings.Count(got, frameBegin); n > frames/2 {
		t.Errorf("%d of %d frames were written", n, frames)
	}
	v := newVT(1004, 10)
	v.write(got)
	v.shows(t, last)
}

func TestTerminalIsLost(t *testing.T) {
	s := newTube(t)
	s.framework(t, enterAlternate, eraseScreen)
	s.far.Close()
	s.Draw([]string{"a"})
	<-s.lost
	s.Draw([]string{"b"}) // to nobody
	if err := s.Stop(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("%v", err)
	}
}
