package redis

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"bustop/backends/redis/resp"
)

// A node of a cluster must not be sent CLIENT NO-TOUCH, by which servers have crashed, nor must what
// does not say what it is.
func TestOnlyServersAloneAreAskedToSpare(t *testing.T) {
	const lacking = "-ERR unknown subcommand 'NO-TOUCH'. Try CLIENT HELP.\r\n"
	for _, c := range []struct {
		name, hello, noTouch string
		asked                int
		spares, asksAgain    bool
	}{
		{"alone", "*4\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n", "+OK\r\n", 1, true, true},
		{"alone and old", "*2\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n", lacking, 1, false, false},
		{"of a cluster", "*2\r\n$4\r\nmode\r\n$7\r\ncluster\r\n", "+OK\r\n", 0, false, false},
		{"sentinel", "*2\r\n$4\r\nmode\r\n$8\r\nsentinel\r\n", "+OK\r\n", 0, false, false},
		{"without HELLO", "-ERR unknown command 'HELLO'\r\n", "+OK\r\n", 0, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d dialer
			sent := loginTo(t, &d, c.hello, c.noTouch)
			asked := len(slices.DeleteFunc(slices.Clone(sent), func(s string) bool { return s != "CLIENT NO-TOUCH ON" }))
			if asked != c.asked || d.noTouch() != c.spares || d.maySpare() != c.asksAgain {
				t.Errorf("sent %q, spares %v, asks again %v", sent, d.noTouch(), d.maySpare())
			}
			// A second connection asks a server that may be another one now, unless it is known to be without.
			if again := loginTo(t, &d, "*2\r\n$4\r\nmode\r\n$7\r\ncluster\r\n", "+OK\r\n"); slices.Contains(again, "HELLO") != c.asksAgain ||
				slices.Contains(again, "CLIENT NO-TOUCH ON") || d.noTouch() {
				t.Errorf("then sent %q, spares %v", again, d.noTouch())
			}
		})
	}
}

// loginTo logs in to a server that gives fixed answers and returns what it was sent.
func loginTo(t *testing.T, d *dialer, hello, noTouch string) (sent []string) {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		in := resp.NewReader(bufio.NewReader(theirs), 1<<10)
		for {
			var v resp.Value
			if in.Read(&v) != nil {
				return
			}
			words := make([]string, len(v.Items))
			for i := range v.Items {
				words[i] = string(v.Items[i].Text)
			}
			line := strings.Join(words, " ")
			sent = append(sent, line)
			answer := map[string]string{"HELLO": hello, "CLIENT NO-TOUCH ON": noTouch}[line]
			if answer == "" {
				answer = "+OK\r\n"
			}
			if _, err := fmt.Fprint(theirs, answer); err != nil {
				return
			}
		}
	}()
	if err := d.login(ours); err != nil {
		t.Error(err)
	}
	ours.Close()
	<-done
	return sent
}
