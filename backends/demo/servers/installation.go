package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// otherRoot is the folder of another system, such as debootstrap(8) unpacks, whose servers are started
// instead of this machine's: other versions are tried that way. It takes root (chroot(2)), and the
// system must have our temporary folder at the same place (mount --bind).
func otherRoot() string { return os.Getenv("BUSTOP_SERVERS_ROOT") }

// within has a command run in the other system, if there is one.
func within(cmd *exec.Cmd) {
	root := otherRoot()
	if root == "" {
		return
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Chroot, cmd.Dir = root, "/"
}

// lookup finds the first of some server programs in PATH, or where an absolute name says. In another
// system it looks where Debian keeps programs; the path is then one within that system.
func lookup(names ...string) (string, error) {
	root := otherRoot()
	for _, name := range names {
		places := []string{name}
		if root != "" && !filepath.IsAbs(name) {
			places = []string{"/usr/bin/" + name, "/usr/sbin/" + name}
		} else if path, err := exec.LookPath(name); root == "" && err == nil {
			return path, nil
		}
		for _, place := range places {
			if info, err := os.Stat(filepath.Join(root, place)); err == nil && !info.IsDir() {
				return place, nil
			}
		}
	}
	return "", fmt.Errorf("%s: %w", names[0], ErrNotInstalled)
}
