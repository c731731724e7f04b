package decoders

import (
	"errors"
	"fmt"
	"io"
)

// Faults of blocks made of literals and copies.
var (
	errFar      = errors.New("a copy from before the beginning")
	errChecksum = errors.New("the checksum is wrong")
	errCodes    = errors.New("a block without codes")
	errSteps    = errors.New("too many pieces of a few bytes")
)

// blockOp is one step of an LZ77 block: bytes as they stand, then n bytes that are copied from off
// bytes back. Either part may be empty.
type blockOp struct {
	literal []byte
	off, n  int
}

// blockReader takes a block apart. A step may come together with the error that ends the block, and
// then holds what could be read of it.
type blockReader interface {
	step() (op blockOp, more bool, err error)
}

// expansion is where blocks unpack to. In a first round it only counts; the second fills a buffer
// made once, in the size that was counted. No length that a payload claims is ever trusted.
type expansion struct {
	steps int // that may still come
	out   []byte
	size  int
	base  int // copies must not reach before it
	limit int
	fill  bool
}

// expand runs both rounds. run must do the same in both; checksums can be compared in the second.
func expand(name string, d []byte, limit int, run func(d []byte, x *expansion) error) unwrapped {
	count := expansion{limit: limit, steps: stepsFor(limit)}
	err := run(d, &count)
	if count.size == 0 {
		return ended(name, nil, len(d), limit, err)
	}
	fill := expansion{limit: count.size, steps: stepsFor(limit), fill: true, out: make([]byte, 0, count.size)}
	if again := run(d, &fill); err == nil {
		err = again
	}
	return ended(name, fill.out, len(d), limit, err)
}

// stepsFor bounds the steps of blocks by the bytes that may come out of them. A step takes time however
// little it makes; those of real content make more than five bytes on average.
func stepsFor(limit int) int { return limit/5 + 1<<16 }

// put takes one step.
func (x *expansion) put(op blockOp) error {
	literal := op.literal[:min(len(op.literal), x.limit-x.size)]
	if x.fill {
		x.out = append(x.out, literal...)
	}
	x.size += len(literal)
	switch {
	case len(literal) < len(op.literal):
		return errLimit
	case op.n == 0:
		return nil
	case op.off <= 0 || op.off > x.size-x.base:
		return errFar
	}
	n := min(op.n, x.limit-x.size)
	if x.fill {
		x.copyBack(op.off, n)
	}
	x.size += n
	if n < op.n {
		return errLimit
	}
	return nil
}

// copyBack repeats what stands off bytes back; where the copy is longer than that, it repeats
// itself, and so every round copies twice as much as the one before.
func (x *expansion) copyBack(off, n int) {
	old := len(x.out)
	x.out = x.out[:old+n]
	for done := 0; done < n; {
		done += copy(x.out[old+done:], x.out[old-off:old+done])
	}
}

// block takes all steps of a block.
func (x *expansion) block(r blockReader) error {
	for {
		if x.steps--; x.steps < 0 {
			return errSteps
		}
		op, more, err := r.step()
		if full := x.put(op); full != nil {
			return full
		}
		if err != nil || !more {
			return err
		}
	}
}

// ended is what came out before err, which is nil at the regular end. from is the length of what
// was unwrapped.
func ended(name string, data []byte, from, limit int, err error) unwrapped {
	u := unwrapped{data: data}
	switch {
	case err == nil:
	case errors.Is(err, errLimit):
		u.why, u.fault = breakLimit, fmt.Sprintf("%s: more than %d bytes come out of %d", name, limit, from)
	case errors.Is(err, errSteps):
		u.why, u.fault = breakLimit, name+": "+err.Error()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		u.why, u.fault = breakEnd, name+": the data ends early"
	default:
		u.why, u.fault = breakSyntax, name+": "+plainError(err)
	}
	return u
}

// limited cuts the output of a text encoding, which is shorter than its input, at the limit.
func limited(name string, out []byte, from, limit int, err error) unwrapped {
	if len(out) > limit {
		out, err = out[:limit], errLimit
	}
	return ended(name, out, from, limit, err)
}
