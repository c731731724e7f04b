package redis

import (
	"fmt"
	"time"

	"bustop/backends"
)

const (
	// tight is the share of a limit from which on it is an alarm, in percent.
	tight = 90
	// quietLink is how long a replica and its master, who talk each second, may be silent.
	quietLink = 10 * time.Second
	// longFork is from when on a fork, during which the server answers nobody, is worth a word.
	longFork = time.Second
	// muchMemory is from how many bytes on the ratio of resident to used memory means something.
	muchMemory = 100 << 20
)

// alarmList collects alarms in their order.
type alarmList []backends.Alarm

func (l *alarmList) add(when bool, severity backends.Severity, format string, args ...any) {
	if when {
		*l = append(*l, backends.Alarm{Severity: severity, Text: fmt.Sprintf(format, args...)})
	}
}

// alarms are what is wrong with a server in words: by its INFO, and by what happened since the last one.
func alarms(i info, r backends.HealthReport, g growth) []backends.Alarm {
	var out alarmList
	if limit := r.MemoryLimit.Value; limit > 0 {
		share := 100 * r.MemoryUsed.Value / limit
		severity := backends.Warning
		if i["maxmemory_policy"] == "noeviction" {
			severity = backends.Critical // writes will fail
		}
		out.add(share >= tight, severity, "memory is at %d%% of maxmemory (policy %s)", share, i["maxmemory_policy"])
	}
	out.clients(i, g)
	out.replication(i)
	out.add(i["loading"] == "1", backends.Warning, "the data are being loaded, %s seconds to go", i["loading_eta_seconds"])
	out.persistence(persistenceOf(i))
	evicted, _ := i.number("evicted_keys")
	evicting := g.known && g.evicted > 0
	out.add(evicting, backends.Warning, "keys are being evicted: %.1f a second (policy %s)", float64(g.evicted)/max(g.span.Seconds(), 1e-9), i["maxmemory_policy"])
	out.add(evicted > 0 && !evicting, backends.Info, "%d keys were evicted since the start", evicted)
	out.memory(memoryOf(i))
	return out
}

func (l *alarmList) clients(i info, g growth) {
	rejected, _ := i.number("rejected_connections")
	severity := backends.Warning
	if g.known && g.rejected == 0 {
		severity = backends.Info // it is over
	}
	l.add(rejected > 0, severity, "%d connections were refused because of maxclients", rejected)
	clients, _ := i.number("connected_clients")
	if most, ok := i.number("maxclients"); ok && most > 0 {
		l.add(100*clients >= tight*most, backends.Warning, "%d of at most %d clients are connected", clients, most)
	}
	blocked, _ := i.number("blocked_clients")
	l.add(blocked >= 10 && 2*blocked >= clients, backends.Info, "%d of %d clients wait in blocking commands", blocked, clients)
}

func (l *alarmList) replication(i info) {
	r := replicationOf(i)
	replica := r.Role == "replica"
	l.add(replica && !r.Linked, backends.Critical, "the link to the master %s is down", r.Master)
	l.add(replica && r.Syncing, backends.Warning, "it copies all data from the master %s", r.Master)
	l.add(replica && r.Linked && r.LastHeard.Value > quietLink, backends.Warning, "the master %s has been silent for %v", r.Master, r.LastHeard.Value)
	for _, link := range r.Replicas {
		l.add(link.State != "online", backends.Warning, "the replica %s is not in step: %s", link.Addr, link.State)
		l.add(link.State == "online" && r.BacklogSize.Known() && link.Behind.Value > r.BacklogSize.Value, backends.Warning,
			"the replica %s is %d bytes behind, more than the backlog keeps: if its link breaks it copies all data anew", link.Addr, link.Behind.Value)
		l.add(link.State == "online" && link.Silent.Value > quietLink, backends.Warning, "the replica %s has been silent for %v", link.Addr, link.Silent.Value)
	}
}

func (l *alarmList) persistence(p backends.Persistence) {
	l.add(p.SaveFailed, backends.Critical, "the last save to disk failed: writes may be refused")
	l.add(p.LogFailed, backends.Critical, "the last write to the append-only file failed")
	l.add(p.LogRewriteFailed, backends.Warning, "the last rewrite of the append-only file failed: it grows")
	l.add(p.ForkTook.Value >= longFork, backends.Info, "the last fork held the server up for %v", p.ForkTook.Value.Round(time.Millisecond))
}

func (l *alarmList) memory(m backends.MemoryState) {
	if m.Used.Value < muchMemory || !m.Fragmentation.Known() {
		return
	}
	l.add(m.Fragmentation.Value > 1.5, backends.Info, "memory is fragmented: %.2f times what is used is taken", m.Fragmentation.Value)
	l.add(m.Fragmentation.Value < 0.9, backends.Warning, "a part of the memory seems to be swapped out: only %.2f of what is used is resident", m.Fragmentation.Value)
}
