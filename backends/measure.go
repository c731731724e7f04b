package backends

import "time"

// Certainty says how far a Measure may be believed.
type Certainty uint8

// The zero Certainty is Unknown, so that a field nobody filled shows as "–" and never as 0.
const (
	Unknown Certainty = iota
	Exact
	AtLeast
	About
)

// Measure is a quantity with its certainty. The zero value is unknown.
type Measure[T ~int64 | ~float64] struct {
	Value     T
	Certainty Certainty
}

type (
	// Count is a number of things or of bytes.
	Count = Measure[int64]
	// Rate is a number a second.
	Rate = Measure[float64]
	// Span is a length of time.
	Span = Measure[time.Duration]
)

// Known reports whether there is a value to show at all.
func (m Measure[T]) Known() bool { return m.Certainty != Unknown }

// ExactCount returns a count that the server stated.
func ExactCount(n int64) Count { return Count{Value: n, Certainty: Exact} }

// CountAtLeast returns a lower bound, shown as "≥ n".
func CountAtLeast(n int64) Count { return Count{Value: n, Certainty: AtLeast} }

// ExactRate returns a rate per second that the server stated or that was measured exactly.
func ExactRate(perSecond float64) Rate { return Rate{Value: perSecond, Certainty: Exact} }

// ExactSpan returns a length of time that the server stated.
func ExactSpan(d time.Duration) Span { return Span{Value: d, Certainty: Exact} }
