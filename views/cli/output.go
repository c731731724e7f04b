package cli

import (
	"bufio"
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"
)

// output is stdout: buffered, and silent after the first error, which Flush returns.
type output struct {
	file io.Writer
	buf  *bufio.Writer
}

func newOutput(w io.Writer) *output {
	return &output{file: w, buf: bufio.NewWriterSize(w, 64<<10)}
}

// Write takes everything; errors show in Flush.
func (o *output) Write(p []byte) (int, error) {
	_, _ = o.buf.Write(p)
	return len(p), nil
}

// Flush writes what is buffered. Its error is errReaderGone when nobody reads stdout any more; a
// connection to a server may break with the same system error, which is a failure.
func (o *output) Flush() error {
	err := o.buf.Flush()
	if errors.Is(err, syscall.EPIPE) {
		return errReaderGone
	}
	return err
}

var errReaderGone = errors.New("the reader of stdout has gone")

// width returns the width of the terminal that stdout is, 0 when it is none.
func (o *output) width() int {
	file, ok := o.file.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// terminal returns f as a file when it is a terminal.
func terminal(f any) (*os.File, bool) {
	file, ok := f.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil, false
	}
	return file, true
}
