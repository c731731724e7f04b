package redis

import (
	"strings"
	"testing"
	"time"

	"bustop/backends"
)

func TestPasswordsLeaveTheSlowLog(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"AUTH pw":                       "AUTH (redacted)",
		"auth eve pw":                   "auth (redacted) (redacted)",
		"HELLO 3 AUTH eve pw SETNAME x": "HELLO 3 AUTH (redacted) (redacted) SETNAME x",
		"HELLO 3":                       "HELLO 3",
		"CONFIG SET requirepass pw maxmemory 100": "CONFIG SET requirepass (redacted) maxmemory (redacted)",
		"CONFIG GET maxmemory":                    "CONFIG GET maxmemory",
		"MIGRATE h 1 k 0 5 AUTH pw":               "MIGRATE h 1 k 0 5 AUTH (redacted)",
		"MIGRATE h 1 k 0 5 AUTH2 eve pw KEYS a":   "MIGRATE h 1 k 0 5 AUTH2 (redacted) (redacted) KEYS a",
		"ACL SETUSER eve on >pw":                  "ACL SETUSER eve (redacted) (redacted)",
		"SENTINEL SET m auth-pass pw":             "SENTINEL SET m (redacted) (redacted)",
		"SET auth pw":                             "SET auth pw",
		"":                                        "",
	} {
		if got := strings.Join(redactWords(strings.Fields(words)), " "); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}

func TestParseClients(t *testing.T) {
	t.Parallel()
	text := "id=3 addr=127.0.0.1:5 laddr=127.0.0.1:6379 fd=8 name=web age=10 idle=2 flags=b db=1 sub=1 psub=2 ssub=0 multi=-1 " +
		"omem=20504 tot-mem=22272 events=r cmd=blpop user=app resp=2 lib-name=go-redis lib-ver=9.1\n" +
		"id=4 addr=[::1]:5 name=bustop/me@here age=1 idle=0 flags=N cmd=client|list\n\n"
	l := parseClients(text+strings.Repeat("id=9 addr=x\n", clientsKept), "bustop/me@here", time.Now())
	if l.Total != backends.ExactCount(clientsKept+2) || len(l.Clients) != clientsKept {
		t.Fatalf("%d of %+v", len(l.Clients), l.Total)
	}
	a, b := l.Clients[0], l.Clients[1]
	if a.Name != "web" || !a.Blocked || a.Ours || a.Idle != backends.ExactSpan(2*time.Second) || a.Subscriptions != backends.ExactCount(3) ||
		a.Output.Value != 20504 || a.User != "app" || a.Library != "go-redis 9.1" || a.Command != "blpop" {
		t.Errorf("%+v", a)
	}
	if !b.Ours || b.Addr != "[::1]:5" || b.Output.Known() || b.Subscriptions.Known() {
		t.Errorf("%+v", b)
	}
}

func TestCommandsByDelta(t *testing.T) {
	t.Parallel()
	read := func(text string) map[string]commandStat { return statsOf(parseInfo(text)) }
	var tr trend
	at := time.Unix(100, 0)
	first := tr.commandTable(read("cmdstat_get:calls=100,usec=1000,usec_per_call=10.00,rejected_calls=1,failed_calls=2\r\n"+
		"latency_percentiles_usec_get:p50=1.003,p99=5.023,p99.9=9\r\ncmdstat_config|get:calls=1,usec=5\r\n"), "run", at)
	if first.Over.Known() || len(first.Commands) != 2 || first.Commands[0].Name != "GET" || first.Commands[1].Name != "CONFIG GET" {
		t.Fatalf("%+v", first)
	}
	if g := first.Commands[0]; g.PerCall.Value != 10*time.Microsecond || g.P99.Value != 5023*time.Nanosecond || g.CallRate.Known() || g.Rejected.Value != 1 {
		t.Errorf("%+v", g)
	}
	after := "cmdstat_get:calls=200,usec=501000,rejected_calls=1,failed_calls=12\r\ncmdstat_config|get:calls=1,usec=5\r\n"
	second := tr.commandTable(read(after), "run", at.Add(2*time.Second))
	g := second.Commands[0]
	if second.Over.Value != 2*time.Second || g.CallRate != backends.ExactRate(50) || g.FailRate != backends.ExactRate(5) ||
		g.Share != backends.ExactRate(0.25) || g.Recent.Value != 5*time.Millisecond {
		t.Errorf("%+v", g)
	}
	if idle := second.Commands[1]; idle.CallRate != backends.ExactRate(0) || idle.Recent.Known() {
		t.Errorf("a command that was not called: %+v", idle)
	}
	for what, table := range map[string]backends.CommandTable{
		"too soon":      tr.commandTable(read(after), "run", at.Add(2*time.Second+time.Millisecond)),
		"CONFIG reset":  tr.commandTable(read("cmdstat_get:calls=1,usec=1\r\n"), "run", at.Add(4*time.Second)),
		"another start": tr.commandTable(read("cmdstat_get:calls=9,usec=9\r\n"), "other", at.Add(6*time.Second)),
	} {
		if table.Over.Known() || table.Commands[0].CallRate.Known() {
			t.Errorf("%s: %+v", what, table)
		}
	}
}

func TestDetails(t *testing.T) {
	t.Parallel()
	d := detailOf(parseInfo("role:master\r\nrun_id:x\r\nmaster_repl_offset:500\r\nslave0:ip=10.0.0.2,port=6380,state=online,offset=460,lag=1\r\n"+
		"slave1:ip=10.0.0.3,port=6380,state=wait_bgsave,offset=0,lag=0\r\nused_memory:100\r\nmaxmemory:0\r\nmem_fragmentation_ratio:1.25\r\n"+
		"rdb_last_save_time:1700000000\r\nrdb_last_bgsave_time_sec:-1\r\nlatest_fork_usec:250\r\nrdb_last_bgsave_status:err\r\n"+
		"db10:keys=3,expires=1,avg_ttl=2000\r\ndb2:keys=4,expires=0,avg_ttl=0\r\nerrorstat_ERR:count=7\r\n"), time.Now())
	r := d.Replication
	if len(r.Replicas) != 2 || r.Replicas[0].Behind != backends.ExactCount(40) || r.Replicas[1].State != "wait_bgsave" || r.Replicas[0].Addr != "10.0.0.2:6380" {
		t.Errorf("%+v", r)
	}
	if len(d.Keyspace) != 2 || d.Keyspace[0].Name != "db2" || d.Keyspace[1].MeanTTL.Value != 2*time.Second || d.Sample.Keys != backends.ExactCount(7) {
		t.Errorf("%+v, %+v", d.Keyspace, d.Sample.Keys)
	}
	p := d.Persistence
	if !p.SaveFailed || p.LastSave.Unix() != 1700000000 || p.SaveTook.Known() || p.ForkTook.Value != 250*time.Microsecond {
		t.Errorf("%+v", p)
	}
	if d.Memory.Limit.Known() || d.Memory.Fragmentation != backends.ExactRate(1.25) || len(d.Errors) != 1 || d.Errors[0].Count.Value != 7 {
		t.Errorf("%+v, %+v", d.Memory, d.Errors)
	}
}

func TestAlarmsByGrowth(t *testing.T) {
	t.Parallel()
	i := parseInfo("rejected_connections:5\r\nevicted_keys:9\r\nmaxmemory_policy:allkeys-lru\r\nconnected_clients:95\r\nmaxclients:100\r\nblocked_clients:60\r\n" +
		"role:master\r\nslave0:ip=a,port=1,state=online,lag=30\r\naof_last_bgrewrite_status:err\r\nlatest_fork_usec:2000000\r\n")
	texts := func(g growth) string {
		var out []string
		for _, a := range alarms(i, backends.HealthReport{}, g) {
			out = append(out, string(a.Severity)+" "+a.Text)
		}
		return strings.Join(out, "\n")
	}
	for _, c := range []struct {
		g     growth
		wants []string
	}{
		{growth{}, []string{"warning 5 connections were refused", "info 9 keys were evicted since the start", "warning 95 of at most 100", "info 60 of 95 clients wait", "warning the replica a:1 has been silent for 30s", "warning the last rewrite", "info the last fork held the server up for 2s"}},
		{growth{known: true, span: time.Second, evicted: 4}, []string{"info 5 connections were refused", "warning keys are being evicted: 4.0 a second (policy allkeys-lru)"}},
	} {
		got := texts(c.g)
		for _, want := range c.wants {
			if !strings.Contains(got, want) {
				t.Errorf("%+v lacks %q:\n%s", c.g, want, got)
			}
		}
	}
}
