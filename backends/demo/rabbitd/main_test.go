package rabbitd

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// A test program with one of these variables is a child with another task than to test.
const (
	// serveVariable makes it a server of its own process, until its standard input ends.
	serveVariable = "BUSTOP_TEST_SERVE"
	// controlVariable makes it the program rabbitmqctl for the server whose test it tells.
	controlVariable = "BUSTOP_TEST_CONTROL"
)

func TestMain(m *testing.M) {
	switch url := os.Getenv(controlVariable); {
	case url != "":
		control(url)
	case os.Getenv(serveVariable) != "":
		serveUntilEnd()
	default:
		goleak.VerifyTestMain(m)
	}
}

// control passes the arguments on.
func control(url string) {
	answer, err := http.Post(url, "text/plain", strings.NewReader(strings.Join(os.Args[1:], " ")))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answer.Body.Close()
}

func serveUntilEnd() {
	s, err := Start(Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.URL())
	_, _ = bufio.NewReader(os.Stdin).ReadString(0)
	s.Close()
}

// startChild starts a server in a process of its own and returns its URL.
func startChild(t testing.TB) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(url)
}
