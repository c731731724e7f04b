package jsonout

import "bustop/backends"

// HealthServer is what one server tells of itself beside its report. A section that is nil was not
// told; Missing says why, in words such as "slow_log: no permission: SLOWLOG GET".
type HealthServer struct {
	Server   string
	Detail   *backends.ServerDetail
	SlowLog  *backends.SlowLog
	Latency  *backends.Latency
	Clients  *backends.ClientList
	Commands *backends.CommandTable
	Missing  []string
}

// HealthReport is a report with what each server tells.
type HealthReport struct {
	backends.HealthReport
	Servers []HealthServer
	// Broker is nil unless the source is a message broker.
	Broker *HealthBroker
	// Missing says what no server tells, and why.
	Missing []string
}

// inner appends an object as the value of a field.
func (o *object) inner(name string, write func(*object)) {
	o.key(name)
	in := begin(o.buf)
	write(&in)
	o.buf = in.end()
}

// rows appends an array of objects.
func rows[T any](o *object, name string, items []T, write func(*object, T)) {
	o.list(name, len(items), func(dst []byte, i int) []byte {
		row := begin(dst)
		write(&row, items[i])
		return row.end()
	})
}

func healthServer(o *object, s HealthServer) {
	o.text("server", s.Server)
	if d := s.Detail; d != nil {
		o.optional("role", d.Role)
		counters(o, d.Sample)
		memory(o, d.Memory)
		persistence(o, d.Persistence)
		replication(o, d.Replication)
		rows(o, "keyspace", d.Keyspace, func(o *object, k backends.DatabaseState) {
			o.text("name", k.Name)
			o.count("keys", k.Keys)
			o.count("expiring", k.Expiring)
			o.span("mean_ttl_ms", k.MeanTTL)
		})
		rows(o, "errors", d.Errors, func(o *object, e backends.ErrorCount) {
			o.text("code", e.Code)
			o.count("count", e.Count)
			o.rate("rate", e.Rate)
		})
	}
	if l := s.SlowLog; l != nil {
		slowLog(o, *l)
	}
	if l := s.Latency; l != nil {
		latency(o, *l)
	}
	if l := s.Clients; l != nil {
		clients(o, *l)
	}
	if t := s.Commands; t != nil {
		rows(o, "commands", t.Commands, command)
	}
	o.texts("missing", s.Missing)
}

func counters(o *object, s backends.ServerSample) {
	o.inner("counters", func(o *object) {
		o.count("commands", s.Commands)
		o.count("hits", s.Hits)
		o.count("misses", s.Misses)
		o.count("evicted", s.Evicted)
		o.count("expired", s.Expired)
		o.count("rejected_connections", s.Rejected)
		o.count("bytes_in", s.BytesIn)
		o.count("bytes_out", s.BytesOut)
		o.count("blocked_clients", s.Blocked)
		o.count("keys", s.Keys)
	})
}

func memory(o *object, m backends.MemoryState) {
	o.inner("memory", func(o *object) {
		o.count("used", m.Used)
		o.count("resident", m.Resident)
		o.count("peak", m.Peak)
		o.count("dataset", m.Dataset)
		o.count("overhead", m.Overhead)
		o.count("clients", m.Clients)
		o.count("limit", m.Limit)
		o.optional("policy", m.Policy)
		o.rate("fragmentation", m.Fragmentation)
	})
}

func persistence(o *object, p backends.Persistence) {
	o.inner("persistence", func(o *object) {
		o.optional("snapshots", p.Snapshots)
		o.optional("log", p.Log)
		o.time("last_save", p.LastSave)
		o.count("unsaved_changes", p.Unsaved)
		o.span("save_took_ms", p.SaveTook)
		o.span("fork_took_ms", p.ForkTook)
		o.flag("saving", p.Saving)
		o.flag("rewriting", p.Rewriting)
		o.flag("save_failed", p.SaveFailed)
		o.flag("log_failed", p.LogFailed)
		o.flag("log_rewrite_failed", p.LogRewriteFailed)
		o.count("log_bytes", p.LogSize)
	})
}

func replication(o *object, r backends.Replication) {
	o.inner("replication", func(o *object) {
		o.optional("master", r.Master)
		o.flag("linked", r.Linked)
		o.span("last_heard_ms", r.LastHeard)
		o.count("offset", r.Offset)
		rows(o, "replicas", r.Replicas, func(o *object, l backends.ReplicaLink) {
			o.text("address", l.Addr)
			o.optional("state", l.State)
			o.count("offset", l.Offset)
			o.count("behind_bytes", l.Behind)
			o.span("silent_ms", l.Silent)
		})
	})
}

func slowLog(o *object, l backends.SlowLog) {
	o.inner("slow_log", func(o *object) {
		o.duration("over_us", l.Over)
		o.count("kept", l.Kept)
		rows(o, "entries", l.Entries, func(o *object, e backends.SlowCommand) {
			o.int("id", e.ID)
			o.time("time", e.At)
			o.int("took_us", e.Took.Microseconds())
			o.texts("words", e.Words)
			o.optional("client", e.Client)
			o.optional("client_name", e.Name)
			o.flag("ours", e.Ours)
		})
	})
}

// duration appends a length of time in microseconds, for what takes less than a millisecond.
func (o *object) duration(name string, s backends.Span) {
	if !s.Known() {
		o.null(name)
		return
	}
	o.int(name, s.Value.Microseconds())
}

func latency(o *object, l backends.Latency) {
	o.inner("latency", func(o *object) {
		o.span("over_ms", l.Over)
		rows(o, "events", l.Events, func(o *object, e backends.LatencyEvent) {
			o.text("name", e.Name)
			o.time("last", e.Last)
			o.int("latest_ms", e.Latest.Milliseconds())
			o.int("worst_ms", e.Worst.Milliseconds())
			rows(o, "history", e.History, func(o *object, s backends.LatencySpike) {
				o.time("time", s.At)
				o.int("took_ms", s.Took.Milliseconds())
			})
		})
	})
}

func clients(o *object, l backends.ClientList) {
	o.inner("clients", func(o *object) {
		o.count("total", l.Total)
		rows(o, "listed", l.Clients, func(o *object, c backends.ClientInfo) {
			o.int("id", c.ID)
			o.optional("name", c.Name)
			o.optional("address", c.Addr)
			o.optional("user", c.User)
			o.optional("database", c.Database)
			o.optional("command", c.Command)
			o.optional("library", c.Library)
			o.span("age_ms", c.Age)
			o.span("idle_ms", c.Idle)
			o.count("subscriptions", c.Subscriptions)
			o.count("output_bytes", c.Output)
			o.count("memory", c.Memory)
			o.flag("blocked", c.Blocked)
			o.flag("ours", c.Ours)
		})
	})
}

func command(o *object, c backends.CommandUse) {
	o.text("name", c.Name)
	o.count("calls", c.Calls)
	o.count("failed", c.Failed)
	o.count("rejected", c.Rejected)
	o.duration("per_call_us", c.PerCall)
	o.duration("p50_us", c.P50)
	o.duration("p99_us", c.P99)
	o.rate("rate", c.CallRate)
	o.rate("share", c.Share)
}
