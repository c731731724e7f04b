package supervise

import "syscall"

// childAttr makes the kernel end the child when the supervisor dies. The child gets SIGTERM, so that it
// can leave the terminal in order; nobody else is there to do it then.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
