//go:build unix && !linux

package supervise

import "syscall"

// childAttr is empty: other systems than Linux have no parent-death signal.
func childAttr() *syscall.SysProcAttr { return nil }
