package redisd_test

import (
	"errors"
	"testing"

	"bustop/backends/demo/redisd"
)

func TestServes(t *testing.T) {
	s := start(t, redisd.Options{Password: "secret"})
	for name, c := range map[string]interface {
		send(string)
		line() string
	}{"in memory": dial(t, s)} {
		c.send("*1\r\n$4\r\nPING\r\n")
		if got := c.line(); got != "-NOAUTH Authentication required." {
			t.Errorf("%s: %q", name, got)
		}
		c.send("AUTH wrong\r\nAUTH secret\r\nPING\r\n\r\nQUIT\r\n")
		for _, want := range []string{"-WRONGPASS invalid username-password pair or user is disabled.", "+OK", "+PONG", "+OK"} {
			if got := c.line(); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

func TestKillAndRestart(t *testing.T) {
	s := start(t, redisd.Options{})
	addr := s.Addr()
	c := connect(t, s, nil)
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if _, err := s.Dial(t.Context()); !errors.Is(err, redisd.ErrClosed) {
		t.Errorf("dial a killed server: %v", err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if s.Addr() != addr {
		t.Errorf("restarted at %s, was at %s", s.Addr(), addr)
	}
	if n, err := connect(t, s, nil).DBSize(t.Context()).Result(); n != 0 || err != nil {
		t.Errorf("%d keys after a restart, %v", n, err)
	}
	s.Close()
	s.Close()
	if err := s.Restart(); !errors.Is(err, redisd.ErrClosed) {
		t.Errorf("restart of a closed server: %v", err)
	}
}
