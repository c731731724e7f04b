// Package foreign runs programs of other people's libraries against a test's servers, so that what bustop makes
// of their traces is held to the libraries themselves. Beside a package's tests lie a folder "foreign", a Go
// module of its own, and in it "npm", a program for Node.js. Each writes claims, one JSON object a line, and keeps
// its state up until its standard input ends.
package foreign

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// playTime bounds one program.
const playTime = 3 * time.Minute

// Need skips a test unless BUSTOP_FOREIGN is 1: the libraries come from the network, by go, npm and node.
func Need(t *testing.T) {
	t.Helper()
	if os.Getenv("BUSTOP_FOREIGN") != "1" {
		t.Skip("installs libraries from the network: BUSTOP_FOREIGN is not 1")
	}
}

// Go builds the program in Go and returns its command.
func Go(t *testing.T) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "foreign")
	run(t, "foreign", "go", "build", "-o", program, ".")
	return []string{program}
}

// Node puts the libraries beside a copy of the program for Node.js, so that the tree stays as it is, and returns
// its command.
func Node(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("foreign/npm")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
	return []string{"node", filepath.Join(dir, "main.mjs")}
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Play runs a program until the test ends and returns what it claimed before the claim that says it is ready.
func Play[C any](t *testing.T, program []string, ready func(C) bool) (claims []C) {
	t.Helper()
	for lines := bufio.NewScanner(start(t, program)); lines.Scan(); {
		var c C
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Logf("says %s", lines.Bytes())
			continue
		}
		if ready(c) {
			return claims
		}
		claims = append(claims, c)
	}
	t.Fatal("the program ends early")
	return nil
}

// start starts a program that ends with the test and returns what it writes.
func start(t *testing.T, program []string) io.Reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), playTime)
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Stderr = t.Output()
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	for _, err := range []error{inErr, outErr} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", program[0], err)
		}
		cancel()
	})
	return out
}
