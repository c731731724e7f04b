package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bustop/backends"
	"bustop/backends/gate"
)

const (
	// monitorTime is how long a server is monitored, monitorBehind by how much we may be late in reading
	// what it sends: what is not read fills the server's memory.
	monitorTime   = 10 * time.Second
	monitorBehind = time.Second
	// monitorLine is how much of a command is looked at; of longer ones the beginning.
	monitorLine = 64 << 10
)

var errBehind = errors.New("stopped early: the server says more than can be read in time")

// PlanContention implements backends.LockContender.
func (l locks) PlanContention(ctx context.Context, name string) (backends.Plan, error) {
	plan := backends.Plan{Target: backends.Target{Kind: backends.KindLock, Name: name}}
	n, err := l.s.servers.owner(ctx, name)
	if err == nil {
		err = n.denied("MONITOR")
	}
	if err != nil {
		return plan, l.s.at.fault(name, err)
	}
	plan.Consent = backends.Confirm
	plan.Effects = []string{
		fmt.Sprintf("For %d s the server sends bustop a copy of every command that any client gives it (MONITOR). Its throughput may halve meanwhile.", int(monitorTime.Seconds())),
		"Of that only attempts at this lock are kept: the client's address and the command, no values.",
		"The server that has the lock is asked, for a replica does not hear of attempts that fail.",
		"It ends by itself, earlier when bustop cannot read as fast as the server sends.",
	}
	return plan, nil
}

// WatchContention implements backends.LockContender.
func (l locks) WatchContention(ctx context.Context, look backends.Look) (*backends.Tail, error) {
	plan, err := l.PlanContention(ctx, look.Target.Name)
	if err != nil {
		return nil, err
	}
	if look.Target.Kind != backends.KindLock || !plan.Allows(look) {
		return nil, &backends.Error{
			Reason: backends.NotAllowed, Source: l.s.at.shown, Object: look.Target.Name,
			What: "monitoring a server needs consent", Err: backends.ErrRefused,
		}
	}
	n, err := l.s.servers.owner(ctx, look.Target.Name)
	if err != nil {
		return nil, l.s.at.fault(look.Target.Name, err)
	}
	return l.s.adopt(context.WithoutCancel(ctx), look.Target, func(ctx context.Context, t *backends.Tail) {
		ctx, cancel := context.WithTimeout(ctx, monitorTime)
		defer cancel()
		err := n.monitor(ctx, t)
		t.Update(func(st *backends.TailState) {
			st.State = backends.Down
			switch {
			case errors.Is(err, errBehind):
				st.Notes = append(st.Notes, err.Error())
			case ctx.Err() == nil:
				st.Err = n.at.fault("", err)
			default:
				st.Notes = append(st.Notes, fmt.Sprintf("ended after %v", monitorTime))
			}
		})
	})
}

// forMonitor is a dialer of the same server whose connections are for MONITOR alone.
func (d *dialer) forMonitor() *dialer {
	return &dialer{
		at: d.at, network: d.network, vitals: d.vitals, tracer: d.tracer, where: d.where, role: d.role,
		member: d.member, readOnly: d.readOnly, guard: gate.RedisMonitor,
		touches: touched, // it reads no keys
	}
}

// monitor puts attempts at the tail's lock into its ring until ctx ends.
func (n *node) monitor(ctx context.Context, t *backends.Tail) error {
	conn, err := n.dialer.forMonitor().dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	w := &wire{conn: conn}
	if err := w.send("MONITOR"); err != nil {
		return err
	}
	in := bufio.NewReaderSize(conn, monitorLine)
	said, err := monitorSaid(in)
	if err != nil {
		return err
	}
	if text, failed := strings.CutPrefix(said, "-"); failed {
		failure := serverError([]byte(text))
		if r, ok := replyOf(failure); ok && deniesCommand(r) {
			return n.rights.deny("MONITOR", n.generation(), n.at.fault("", failure))
		}
		return failure
	}
	t.Update(func(st *backends.TailState) { st.State = backends.Live })
	return follow(in, t, n.at.db)
}

// follow reads what MONITOR says. The clocks here and there may differ, by the same time throughout: what
// grows is how late we are.
func follow(in *bufio.Reader, t *backends.Tail, db int) error {
	var ahead time.Duration
	first := true
	for {
		line, err := monitorSaid(in)
		if err != nil {
			return err
		}
		c, ok := parseMonitor(line)
		if !ok {
			continue
		}
		late := time.Since(c.at)
		if first || late < ahead {
			ahead, first = late, false
		}
		if late-ahead > monitorBehind || t.Ring.Stats().Dropped > 0 {
			return errBehind
		}
		if what := c.attempt(t.Target.Name); what != "" && c.db == db && c.client != "lua" {
			t.Ring.Add(backends.Message{
				Target: t.Target, Time: c.at, Route: c.client, Body: []byte(what), Size: len(what),
			})
		}
	}
}

// monitorSaid is the next line, of long ones the beginning.
func monitorSaid(in *bufio.Reader) (string, error) {
	line, err := in.ReadSlice('\n')
	text := strings.TrimRight(string(line), "\r\n")
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	return text, err
}

// monitored is a command that a client gave.
type monitored struct {
	at     time.Time
	db     int
	client string
	words  []string
}

// parseMonitor reads a line of MONITOR (redis.io/docs/latest/commands/monitor):
//
//	+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"
func parseMonitor(line string) (monitored, bool) {
	var c monitored
	var seconds, micros int64
	head, rest, ok := strings.Cut(strings.TrimPrefix(line, "+"), "] ")
	if !ok {
		return c, false
	}
	if n, err := fmt.Sscanf(head, "%d.%d [%d %s", &seconds, &micros, &c.db, &c.client); err != nil || n != 4 {
		return c, false
	}
	c.at = time.Unix(seconds, micros*1000)
	for len(c.words) < 12 {
		word, after, ok := quoted(rest)
		if !ok {
			break
		}
		c.words, rest = append(c.words, word), strings.TrimPrefix(after, " ")
	}
	return c, len(c.words) > 0
}

// quoted takes a word in quotation marks, as the server escapes it, off the beginning of a text.
func quoted(text string) (word, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", text, false
	}
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return out.String(), text[i+1:], true
		case c == '\\' && i+3 < len(text) && text[i+1] == 'x':
			var b byte
			if _, err := fmt.Sscanf(text[i+2:i+4], "%02x", &b); err != nil {
				return "", text, false
			}
			out.WriteByte(b)
			i += 3
		case c == '\\' && i+1 < len(text):
			i++
			plain := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'a': '\a', 'b': '\b'}
			if b, ok := plain[text[i]]; ok {
				out.WriteByte(b)
			} else {
				out.WriteByte(text[i])
			}
		default:
			out.WriteByte(c)
		}
	}
	return "", text, false
}

// attempt is what a command does at a lock, in words without any value, "" when it does not try to take it.
func (c monitored) attempt(name string) string {
	verb, args := strings.ToUpper(c.words[0]), c.words[1:]
	if len(args) == 0 {
		return ""
	}
	switch verb {
	case "SET":
		options := args[min(2, len(args)):]
		if args[0] == name && slices.ContainsFunc(options, func(w string) bool { return sameWord(w, "NX") }) {
			return "SET … NX" + lifeIn(options)
		}
	case "SETNX", "EXISTS", "HEXISTS":
		if args[0] == name {
			return verb
		}
	case "EVAL", "EVALSHA", "FCALL":
		if len(args) > 2 && slices.Contains(args[2:], name) {
			return verb + " (a script on this key)"
		}
	}
	return ""
}

// lifeIn is the expiry that a SET asks for: an option's word and a number.
func lifeIn(options []string) string {
	for i, w := range options[:max(len(options)-1, 0)] {
		if sameWord(w, "PX", "EX", "PXAT", "EXAT") && strings.Trim(options[i+1], "0123456789") == "" {
			return " " + strings.ToUpper(w) + " " + options[i+1]
		}
	}
	return ""
}
