//go:build unix

package supervise

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/adrg/xdg"

	"bustop/ui"
)

// CaptureCrash is called in the child before anything else: it sends the runtime's crash report to the
// supervisor and turns core dumps off, because memory holds passwords and payloads. In any other process
// it does nothing.
func CaptureCrash() {
	if !InChild() {
		return
	}
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	f := os.NewFile(crashFD, "crash report")
	if f == nil {
		return
	}
	defer f.Close() // the runtime has its own copy; programs that the child starts get none
	debug.SetTraceback("all")
	_ = debug.SetCrashOutput(f, debug.CrashOptions{})
}

// WriteCrash keeps the report of a crash in a file that only its owner can read, and returns the path.
// Control characters are made visible and credentials in URLs taken out.
func WriteCrash(report []byte) (path string, err error) {
	dir := filepath.Join(xdg.StateHome, "bustop")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	name := fmt.Sprintf("crash-%s-%d.txt", time.Now().UTC().Format("20060102T150405.000Z"), os.Getpid())
	path = filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(cleanLines(report))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return path, err
}

// reportCrash keeps the report and says so in one line.
func reportCrash(report, stderr []byte) {
	first, _, _ := bytes.Cut(bytes.TrimSpace(report), []byte("\n"))
	if bytes.HasPrefix(first, []byte("goroutine ")) {
		// The runtime copies the traces to the crash output, but not the line that says what happened if
		// it found the fault itself (a fatal error, not a panic).
		if line := fatalLine(stderr); line != nil {
			first = line
			report = slices.Concat(line, []byte("\n\n"), report)
		}
	}
	what := strings.TrimSuffix(cleanLines(first), "\n")
	path, err := WriteCrash(report)
	if err != nil {
		fmt.Fprintf(os.Stderr, "bustop: the console crashed (%s); the report could not be kept: %v\n", what, err)
		return
	}
	fmt.Fprintf(os.Stderr, "bustop: the console crashed (%s); the report is in %s\n", what, ui.CleanPlain(path))
}

// fatalLine finds the runtime's line about a fatal error.
func fatalLine(stderr []byte) []byte {
	for line := range bytes.Lines(stderr) {
		if bytes.HasPrefix(line, []byte("fatal error: ")) {
			return bytes.TrimSpace(line)
		}
	}
	return nil
}

var userinfo = regexp.MustCompile(`(://)[^/\s"'@]*@`)

// cleanLines makes text safe to print line by line and takes credentials out of URLs.
func cleanLines(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	var b strings.Builder
	for line := range bytes.Lines(text) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		indent := len(line) - len(bytes.TrimLeft(line, "\t"))
		b.Write(line[:indent]) // the runtime indents file names with a tab
		b.WriteString(ui.CleanPlain(userinfo.ReplaceAllString(string(line[indent:]), "$1***@")))
		b.WriteByte('\n')
	}
	return b.String()
}
