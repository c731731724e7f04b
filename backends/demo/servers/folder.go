package servers

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// folderPrefix is how the names of the servers' folders begin; ownerFile holds the process id of
// the program that started the server.
const (
	folderPrefix = "bustop-"
	ownerFile    = "owner"
)

// newFolder makes a temporary folder for one server. Folders of programs that were killed, and so
// could not clean up, are removed first.
func newFolder(kind string) (string, error) {
	sweep()
	dir, err := os.MkdirTemp("", folderPrefix+kind+"-")
	if err != nil {
		return "", err
	}
	owner := strconv.Itoa(os.Getpid())
	if err := os.WriteFile(filepath.Join(dir, ownerFile), []byte(owner), 0o600); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// sweep removes folders whose owner is gone. What cannot be read or removed is somebody else's.
func sweep() {
	files, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*", ownerFile))
	if err != nil {
		return
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(filepath.Dir(file))
		}
	}
}
