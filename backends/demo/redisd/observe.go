package redisd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The bounds of what SLOWLOG keeps of a command.
const (
	slowArgs  = 32
	slowBytes = 128
)

// slowlog is the list of slow commands, newest first.
type slowlog struct {
	entries []slowEntry
	next    int64
}

type slowEntry struct {
	id         int64
	at         time.Time
	took       time.Duration
	args       []string
	addr, name string
}

// note keeps a command that took longer than the setting says.
func (s *slowlog) note(conf *settings, k *call, at time.Time, took time.Duration) {
	if conf.slowerThan < 0 || took.Microseconds() < conf.slowerThan || conf.slowLen <= 0 {
		return
	}
	e := slowEntry{id: s.next, at: at, took: took, addr: k.c.addr, name: k.c.name}
	s.next++
	for i, a := range k.args {
		switch {
		case i == slowArgs-1 && len(k.args) > slowArgs:
			a = fmt.Sprintf("... (%d more arguments)", len(k.args)-slowArgs+1)
		case i > 0 && secret(k.args, i):
			a = "(redacted)"
		case len(a) > slowBytes:
			a = fmt.Sprintf("%s... (%d more bytes)", a[:slowBytes], len(a)-slowBytes)
		}
		e.args = append(e.args, strings.Clone(a))
		if i == slowArgs-1 {
			break
		}
	}
	s.entries = slices.Insert(s.entries, 0, e)
	if len(s.entries) > conf.slowLen {
		s.entries = slices.Delete(s.entries, conf.slowLen, len(s.entries))
	}
}

// spikes are the latest and highest times of commands that took longer than
// latency-monitor-threshold, by event.
type spikes map[string]*spike

type spike struct {
	times []spikeTime // oldest first, at most one for each second
	worst int64
}

type spikeTime struct{ at, ms int64 }

// maxSpikes is how many seconds LATENCY HISTORY keeps.
const maxSpikes = 160

func (s spikes) note(threshold int64, cmd *command, at time.Time, took time.Duration) {
	ms := took.Milliseconds()
	if threshold <= 0 || ms < threshold || cmd.blocking {
		return
	}
	event := "command"
	if slices.Contains(cmd.flags, "fast") {
		event = "fast-command"
	}
	if s[event] == nil {
		s[event] = &spike{}
	}
	e := s[event]
	e.worst = max(e.worst, ms)
	if n := len(e.times); n > 0 && e.times[n-1].at == at.Unix() {
		e.times[n-1].ms = max(e.times[n-1].ms, ms)
		return
	}
	e.times = append(e.times, spikeTime{at.Unix(), ms})
	if len(e.times) > maxSpikes {
		e.times = slices.Delete(e.times, 0, 1)
	}
}

func observeHandlers() map[string]handler {
	return map[string]handler{
		"info": (*call).info, "slowlog|get": (*call).slowlogGet,
		"slowlog|len":    func(k *call) error { k.w.Int(int64(len(k.n.slow.entries))); return nil },
		"slowlog|reset":  func(k *call) error { k.n.slow.entries = nil; k.w.OK(); return nil },
		"latency|latest": (*call).latencyLatest, "latency|history": (*call).latencyHistory, "latency|reset": (*call).latencyReset,
		"latency|histogram": (*call).latencyHistogram, "latency|doctor": (*call).latencyDoctor, "latency|graph": (*call).latencyGraph,
		"config|get": (*call).configGet, "config|set": (*call).configSet, "config|resetstat": (*call).configReset,
		"config|rewrite": func(*call) error { return failure("ERR The server is running without a config file") },
	}
}

func (k *call) slowlogGet() error {
	n := int64(10)
	if len(k.args) > 3 {
		return errSubcommandUse("SLOWLOG", k.args[1])
	}
	if len(k.args) == 3 {
		v, err := integer(k.args[2])
		if err != nil || v < -1 {
			return failure("ERR count should be greater than or equal to -1")
		}
		if n = v; v == -1 {
			n = int64(len(k.n.slow.entries))
		}
	}
	list := k.n.slow.entries[:min(int(n), len(k.n.slow.entries))]
	k.w.Array(len(list))
	for _, e := range list {
		k.w.Array(6)
		k.w.Int(e.id)
		k.w.Int(e.at.Unix())
		k.w.Int(e.took.Microseconds())
		k.w.Bulks(e.args)
		k.w.Bulk(e.addr)
		k.w.Bulk(e.name)
	}
	return nil
}

func (k *call) latencyLatest() error {
	events := slices.Sorted(maps.Keys(k.n.spikes))
	k.w.Array(len(events))
	for _, event := range events {
		s := k.n.spikes[event]
		last := s.times[len(s.times)-1]
		k.w.Array(4)
		k.w.Bulk(event)
		k.w.Int(last.at)
		k.w.Int(last.ms)
		k.w.Int(s.worst)
	}
	return nil
}

func (k *call) latencyHistory() error {
	s := k.n.spikes[k.args[2]]
	if s == nil {
		k.w.Array(0)
		return nil
	}
	k.w.Array(len(s.times))
	for _, t := range s.times {
		k.w.Array(2)
		k.w.Int(t.at)
		k.w.Int(t.ms)
	}
	return nil
}

func (k *call) latencyReset() error {
	n := int64(0)
	for event := range k.n.spikes {
		if len(k.args) == 2 || slices.Contains(k.args[2:], event) {
			delete(k.n.spikes, event)
			n++
		}
	}
	k.w.Int(n)
	return nil
}

func (k *call) latencyGraph() error {
	if k.n.spikes[k.args[2]] == nil {
		return failure("ERR No samples available for event '" + k.args[2] + "'")
	}
	s := k.n.spikes[k.args[2]]
	k.w.Verbatim(fmt.Sprintf("%s - high %d ms, %d samples\n", k.args[2], s.worst, len(s.times)))
	return nil
}

func (k *call) latencyDoctor() error {
	var b strings.Builder
	for _, event := range slices.Sorted(maps.Keys(k.n.spikes)) {
		s := k.n.spikes[event]
		fmt.Fprintf(&b, "%s: %d latency spikes, worst %d ms.\n", event, len(s.times), s.worst)
	}
	if b.Len() == 0 {
		b.WriteString("No latency spike was seen.\n")
	}
	k.w.Verbatim(b.String())
	return nil
}

func (k *call) latencyHistogram() error {
	var list []*command
	for _, c := range k.n.usedCommands() {
		wanted := len(k.args) == 2 || slices.ContainsFunc(k.args[2:], func(a string) bool {
			return strings.EqualFold(a, c.name) || strings.EqualFold(a, c.parent())
		})
		if wanted && c.calls > 0 {
			list = append(list, c)
		}
	}
	k.w.Map(len(list))
	for _, c := range list {
		k.w.Bulk(c.name)
		k.pairs("calls", c.calls, "histogram_usec", func() {
			var pairs [][2]int64
			sum := int64(0)
			for i, n := range c.times.counts {
				if sum += n; n > 0 {
					pairs = append(pairs, [2]int64{1 << i, sum})
				}
			}
			k.w.Map(len(pairs))
			for _, p := range pairs {
				k.w.Int(p[0])
				k.w.Int(p[1])
			}
		})
	}
	return nil
}

func (k *call) configGet() error {
	names, typed := k.n.conf.match(k.args[2:]), map[string]string{}
	for _, a := range k.args[2:] {
		typed[strings.ToLower(a)] = a // a name is answered as it was asked for
	}
	k.w.Map(len(names))
	for _, name := range names {
		k.w.Bulk(cmp.Or(typed[name], name))
		k.w.Bulk(k.n.conf.values[name])
	}
	return nil
}

func (k *call) configSet() error {
	if len(k.args)%2 != 0 {
		return errArity(k.cmd.name)
	}
	old := k.n.conf.values["requirepass"]
	if err := k.n.conf.set(k.args[2:]); err != nil {
		return err
	}
	if now := k.n.conf.values["requirepass"]; now != old {
		for _, c := range k.n.clients {
			c.authed = c.authed || now == ""
		}
	}
	if k.n.conf.number("maxmemory") > 0 {
		k.n.full() // makes room at once
	}
	k.w.OK()
	return nil
}

func (k *call) configReset() error {
	s := &k.n.stats
	s.connections, s.refused, s.commands, s.hits, s.misses, s.expired, s.errorReplies = 0, 0, 0, 0, 0, 0, 0
	s.received.Store(0)
	s.sent.Store(0)
	s.inRate, s.outRate, s.ops, s.errors = rate{}, rate{}, meter{}, map[string]int64{}
	for _, c := range k.n.usedCommands() {
		c.calls, c.rejected, c.failed, c.spent, c.times = 0, 0, 0, 0, histogram{}
	}
	k.w.OK()
	return nil
}
