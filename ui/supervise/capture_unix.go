//go:build unix

package supervise

import (
	"os"
	"time"
)

const (
	maxCapture = 1 << 20 // bytes kept of a crash report or of standard error

	// drain is how long the supervisor reads on after the end of the child: processes that the child
	// started may hold the other end of the pipe open for ever.
	drain = 200 * time.Millisecond
)

// A capture reads a pipe to its end and keeps the first bytes.
type capture struct {
	r    *os.File
	data []byte
	done chan struct{}
}

// newCapture starts reading and returns the writing end, which the caller closes.
func newCapture() (*capture, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	c := &capture{r: r, done: make(chan struct{})}
	go c.read()
	return c, w, nil
}

func (c *capture) read() {
	defer close(c.done)
	buf := make([]byte, 32<<10)
	for {
		n, err := c.r.Read(buf)
		c.data = append(c.data, buf[:min(n, maxCapture-len(c.data))]...)
		if err != nil {
			return // io.EOF, or the deadline that stop sets
		}
	}
}

// stop returns what was read.
func (c *capture) stop() []byte {
	_ = c.r.SetReadDeadline(time.Now().Add(drain))
	<-c.done
	c.r.Close()
	return c.data
}
