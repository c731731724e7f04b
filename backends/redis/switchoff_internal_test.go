package redis

import (
	"testing"
	"time"

	"bustop/backends"
)

// Once a rule was switched off the walker does not rest before its next pass.
func TestNoRestAfterSwitchOff(t *testing.T) {
	s := newSource(address{}, backends.Options{})
	defer s.Close()
	s.switchOff("bullmq")
	s.walker.rest(time.Hour) // else the test does not end
	if s.walker.begin(); s.walker.unsettled() {
		t.Error("a pass has begun, and another one does not wait either")
	}
}
