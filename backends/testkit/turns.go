//go:build unix

package testkit

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// ProcessorTime is what this process has used, the garbage collector's share with it: on a busy machine
// it tells more than the clock what a piece of work costs.
func ProcessorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Median sorts a list that is not empty and returns the one in its middle.
func Median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
