//go:build !unix

package supervise

// Run does nothing: there is no supervision on this system, the caller goes on by itself.
func Run(_, _ []string) (status int, supervised bool) { return 0, false }

// InChild tells whether this process is the supervised child.
func InChild() bool { return false }

// CaptureCrash does nothing on this system.
func CaptureCrash() {}
