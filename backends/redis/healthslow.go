package redis

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"bustop/backends"
)

const (
	// slowEntries is how many entries of the slow log are read, stallEvents of how many events the history.
	slowEntries, stallEvents = 32, 16
	redacted                 = "(redacted)"
)

// SlowLog implements backends.SlowLogs (redis.io/docs/latest/commands/slowlog-get).
func (h health) SlowLog(ctx context.Context) ([]backends.OfServer[backends.SlowLog], error) {
	return askEach(ctx, h.s, func(ctx context.Context, n *node) (l backends.SlowLog, err error) {
		answers, err := n.many(ctx, []command{{"SLOWLOG", "GET", slowEntries}, {"SLOWLOG", "LEN"}})
		if err == nil {
			err = answers[0].err
		}
		if err != nil {
			return l, err
		}
		entries, _ := answers[0].value.([]any)
		for _, raw := range entries {
			if e, ok := slowEntry(raw, n.at.client); ok {
				l.Entries = append(l.Entries, e)
			}
		}
		if kept, ok := answers[1].value.(int64); ok {
			l.Kept = backends.ExactCount(kept)
		}
		l.Over = n.settingSpan(ctx, "slowlog-log-slower-than", time.Microsecond)
		return l, nil
	})
}

func slowEntry(raw any, ourName string) (e backends.SlowCommand, ok bool) {
	f, _ := raw.([]any)
	if len(f) < 4 {
		return e, false
	}
	id, _ := f[0].(int64)
	at, _ := f[1].(int64)
	took, _ := f[2].(int64)
	e = backends.SlowCommand{ID: id, At: time.Unix(at, 0), Took: time.Duration(took) * time.Microsecond, Words: redactWords(texts(f[3]))}
	if len(f) >= 6 { // servers before 4.0 do not say who it was
		e.Client, _ = f[4].(string)
		e.Name, _ = f[5].(string)
	}
	e.Ours = e.Name != "" && e.Name == ourName
	return e, true
}

// redactWords takes out of a command what may be a password. The server does so itself for some of
// these commands, by its version.
func redactWords(words []string) []string {
	if len(words) == 0 {
		return words
	}
	out := slices.Clone(words)
	hide := func(from, to int) {
		for i := max(from, 0); i < min(to, len(out)); i++ {
			out[i] = redacted
		}
	}
	sub := ""
	if len(words) > 1 {
		sub = strings.ToUpper(words[1])
	}
	switch strings.ToUpper(words[0]) {
	case "AUTH":
		hide(1, len(out))
	case "HELLO", "MIGRATE":
		// HELLO 3 AUTH user password; MIGRATE … AUTH password, AUTH2 user password.
		for i, w := range words[1:] {
			if sameWord(w, "AUTH", "AUTH2") {
				hide(i+2, i+4)
			}
		}
	case "CONFIG":
		for i := 3; sub == "SET" && i < len(out); i += 2 {
			hide(i, i+1)
		}
	case "ACL":
		if sub == "SETUSER" {
			hide(3, len(out))
		}
	case "SENTINEL":
		if sub == "SET" || sub == "CONFIG" {
			hide(3, len(out))
		}
	}
	return out
}

// Latency implements backends.Latencies (redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor).
func (h health) Latency(ctx context.Context) ([]backends.OfServer[backends.Latency], error) {
	return askEach(ctx, h.s, func(ctx context.Context, n *node) (l backends.Latency, err error) {
		v, err := n.one(ctx, "LATENCY", "LATEST")
		if err != nil {
			return l, err
		}
		l.Over = n.settingSpan(ctx, "latency-monitor-threshold", time.Millisecond)
		rows, _ := v.([]any)
		var cmds []command
		for _, raw := range rows[:min(len(rows), stallEvents)] {
			f, _ := raw.([]any)
			if len(f) < 4 {
				continue
			}
			name, _ := f[0].(string)
			at, _ := f[1].(int64)
			latest, _ := f[2].(int64)
			worst, _ := f[3].(int64)
			l.Events = append(l.Events, backends.LatencyEvent{
				Name: name, Last: time.Unix(at, 0), Latest: time.Duration(latest) * time.Millisecond, Worst: time.Duration(worst) * time.Millisecond,
			})
			cmds = append(cmds, command{"LATENCY", "HISTORY", name})
		}
		answers, err := n.many(ctx, cmds)
		for i, a := range answers {
			l.Events[i].History = spikesOf(a.value)
		}
		slices.SortFunc(l.Events, func(a, b backends.LatencyEvent) int { return b.Last.Compare(a.Last) })
		return l, err
	})
}

func spikesOf(v any) (out []backends.LatencySpike) {
	rows, _ := v.([]any)
	for _, raw := range rows {
		if f, _ := raw.([]any); len(f) >= 2 {
			at, _ := f[0].(int64)
			took, _ := f[1].(int64)
			out = append(out, backends.LatencySpike{At: time.Unix(at, 0), Took: time.Duration(took) * time.Millisecond})
		}
	}
	return out
}

const (
	// clientListEvery is how seldom CLIENT LIST is sent: it takes the server more than 1 µs for each
	// client and stops everybody meanwhile.
	clientListEvery = 10 * time.Second
	// clientsLimit is with how many clients it is not sent at all, clientsKept how many are kept.
	clientsLimit, clientsKept = 10_000, 2000
)

// Clients implements backends.ClientLists (redis.io/docs/latest/commands/client-list).
func (h health) Clients(ctx context.Context) ([]backends.OfServer[backends.ClientList], error) {
	return askEach(ctx, h.s, func(ctx context.Context, n *node) (backends.ClientList, error) {
		t := &n.trend
		t.mu.Lock()
		known, gen := t.clients, t.clientsGen
		t.mu.Unlock()
		if time.Since(known.At) < clientListEvery && gen == n.generation() {
			_, err := n.one(ctx, "PING") // whoever looks wants to know if the server is there
			if err != nil && backends.ReasonOf(err) == backends.Denied {
				err = nil
			}
			return known, err
		}
		list, err := n.clientList(ctx)
		if err != nil {
			return list, err
		}
		t.mu.Lock()
		t.clients, t.clientsGen = list, n.generation()
		t.mu.Unlock()
		return list, nil
	})
}

func (n *node) clientList(ctx context.Context) (l backends.ClientList, err error) {
	if err := n.denied("CLIENT LIST"); err != nil {
		return l, err
	}
	v, err := n.one(ctx, "INFO", "clients")
	if err != nil && backends.ReasonOf(err) != backends.Denied {
		return l, err
	}
	text, _ := v.(string)
	if connected, ok := parseInfo(text).number("connected_clients"); ok && connected > clientsLimit {
		return l, &backends.Error{
			Reason: backends.NotAllowed, Source: n.at.shown, Err: backends.ErrRefused,
			What: counted(int(connected), "client") + ": listing so many would hold the server up", Advice: "redis-cli CLIENT LIST TYPE pubsub lists a part",
		}
	}
	if v, err = n.one(ctx, "CLIENT", "LIST"); err != nil {
		return l, err
	}
	text, _ = v.(string)
	return parseClients(text, n.at.client, time.Now()), nil
}

// parseClients reads the lines of CLIENT LIST. Those beyond clientsKept are counted only.
func parseClients(text, ourName string, now time.Time) backends.ClientList {
	l := backends.ClientList{At: now}
	total := int64(0)
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if total++; total <= clientsKept {
			l.Clients = append(l.Clients, clientOf(line, ourName))
		}
	}
	l.Total = backends.ExactCount(total)
	return l
}

func clientOf(line, ourName string) backends.ClientInfo {
	f := info{}
	for word := range strings.FieldsSeq(line) {
		if name, value, ok := strings.Cut(word, "="); ok {
			f[name] = value
		}
	}
	id, _ := f.number("id")
	c := backends.ClientInfo{
		ID: id, Name: f["name"], Addr: f["addr"], User: f["user"], Database: f["db"], Command: f["cmd"], Flags: f["flags"],
		Age: infoSpan(f, "age", time.Second), Idle: infoSpan(f, "idle", time.Second),
		Output: infoCount(f, "omem"), Memory: infoCount(f, "tot-mem"),
		Library: strings.TrimSuffix(cmp.Or(f["lib-name"], "")+" "+f["lib-ver"], " "),
		Blocked: strings.Contains(f["flags"], "b"), Ours: ourName != "" && f["name"] == ourName,
	}
	for _, name := range []string{"sub", "psub", "ssub"} {
		if n := infoCount(f, name); n.Known() {
			c.Subscriptions = backends.ExactCount(c.Subscriptions.Value + n.Value)
		}
	}
	return c
}
