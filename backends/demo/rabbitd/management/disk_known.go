//go:build linux || darwin || freebsd

package management

import (
	"os"
	"syscall"
)

// diskFree is the room in bytes where a real server would keep its messages; "NaN" when it is not
// known.
func diskFree() any {
	var s syscall.Statfs_t
	if err := syscall.Statfs(os.TempDir(), &s); err != nil {
		return "NaN"
	}
	return uint64(s.Bavail) * uint64(s.Bsize) //nolint:unconvert // the types differ between systems
}
