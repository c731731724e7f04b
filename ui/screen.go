package ui

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

// Control sequences of Bubble Tea that a Screen looks at (xterm's control sequences).
const (
	enterAlternate = "\x1b[?1049h"
	leaveAlternate = "\x1b[?1049l"
	eraseScreen    = "\x1b[2J"
	cursorHome     = "\x1b[H"
)

// A Screen is a terminal as the output of Bubble Tea, for tea.WithOutput, on which frames are drawn past
// Bubble Tea's own renderer. That one writes at the ticks of a clock, which runs all the time, and makes
// the program wait for a slow terminal. A Screen writes a frame as soon as it is drawn, from a goroutine of
// its own: only the lines that differ from those on the terminal, and of frames that the terminal was too
// slow for only the newest. A program draws in View, and returns nothing there.
//
// The control sequences of Bubble Tea pass. From them a Screen knows when the alternate screen is there to
// be drawn on, and when it has been erased. Size and raw mode are the file's own.
type Screen struct {
	*os.File

	lost  func()
	wake  chan struct{} // one slot: there is something to write
	stop  chan struct{}
	ended chan struct{}
	err   error // why the writer ended, set before it does

	// terminal is held while the terminal is written to, so that nothing tears a frame; the fields below
	// it change only then.
	terminal sync.Mutex
	open     atomic.Bool // the alternate screen is shown
	shown    []string    // the lines that are on it
	buf      []byte

	mu   sync.Mutex // never held for long, whatever the terminal does
	next order
}

// An order is what the writer is to do next. A newer one takes the place of one not yet begun.
type order struct {
	frame []string
	anew  bool   // nothing is known of what the terminal shows
	text  string // to be copied, "" for none
}

// NewScreen returns a Screen that draws on f. Lost is called if f cannot be written to any more; then
// nothing more is drawn. Stop must be called in the end.
func NewScreen(f *os.File, lost func()) *Screen {
	s := &Screen{
		File: f, lost: lost,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{}),
	}
	go s.serve()
	return s
}

// Stop ends the writer, waits for it, and tells why f could not be written to, if so. The file stays open.
func (s *Screen) Stop() error {
	close(s.stop)
	<-s.ended
	return s.err
}

// Draw shows a frame: the lines of the whole screen from the top, each ending in the style it began in.
// It never waits for the terminal.
func (s *Screen) Draw(lines []string) {
	s.ask(func(o *order) { o.frame = slices.Clone(lines) })
}

// Copy makes the terminal put text into its clipboard, as CopySequence does.
func (s *Screen) Copy(text string) {
	s.ask(func(o *order) { o.text = text })
}

// Repaint has the next frame drawn whole: the terminal may have changed what it shows, as at a new size.
func (s *Screen) Repaint() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next.anew = true
}

func (s *Screen) ask(change func(*order)) {
	s.mu.Lock()
	change(&s.next)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// take returns what is asked for. The frame stays, for when it must be drawn again.
func (s *Screen) take() order {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.next
	s.next = order{frame: o.frame}
	return o
}

func (s *Screen) serve() {
	defer close(s.ended)
	for {
		select {
		case <-s.stop:
			return
		case <-s.wake:
		}
		if err := s.update(); err != nil {
			s.err = fmt.Errorf("cannot write to the terminal: %w", err)
			s.lost()
			return
		}
	}
}

// update carries out what is asked for, in a single write. It waits for the alternate screen: what is
// asked for before, or while another program has the terminal, is done once it is there.
func (s *Screen) update() error {
	s.terminal.Lock()
	defer s.terminal.Unlock()
	if !s.open.Load() {
		return nil
	}
	o := s.take()
	if o.anew {
		s.shown = nil
	}
	s.buf = appendFrame(s.buf[:0], s.shown, o.frame)
	s.shown = o.frame
	if o.text != "" {
		s.buf = append(s.buf, CopySequence(o.text)...)
	}
	if len(s.buf) == 0 {
		return nil
	}
	_, err := s.File.Write(s.buf)
	return err
}

// WriteString writes a control sequence of Bubble Tea.
func (s *Screen) WriteString(sequence string) (int, error) {
	s.terminal.Lock()
	defer s.terminal.Unlock()
	n, err := s.File.WriteString(sequence)
	switch sequence {
	case enterAlternate:
		s.open.Store(true)
	case leaveAlternate:
		s.open.Store(false)
	case eraseScreen: // follows when the alternate screen is entered
		s.ask(func(o *order) { o.anew = true })
	}
	return n, err
}

// Write drops the frames of Bubble Tea's renderer, which in the alternate screen begin with the cursor at
// home, and lets everything else through. It drops them without waiting for the terminal.
func (s *Screen) Write(p []byte) (int, error) {
	if s.open.Load() && bytes.HasPrefix(p, []byte(cursorHome)) {
		return len(p), nil
	}
	s.terminal.Lock()
	defer s.terminal.Unlock()
	return s.File.Write(p)
}
