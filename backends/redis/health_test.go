package redis_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"
)

// whole is a source's Health with all sections beside it.
type whole interface {
	backends.Health
	backends.ServerDetails
	backends.SlowLogs
	backends.Latencies
	backends.ClientLists
	backends.CommandStats
}

func TestHealthSections(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := clientOf(t, server)
		ctx := context.Background()
		must(t, client.ConfigSet(ctx, "slowlog-log-slower-than", "0").Err())
		must(t, client.ConfigSet(ctx, "latency-monitor-threshold", "1").Err())
		must(t, client.Do(ctx, "CLIENT", "SETNAME", "shop").Err())
		must(t, client.Set(ctx, "k", "v", time.Hour).Err())
		must(t, client.ConfigSet(ctx, "requirepass", "").Err())
		_ = client.LPush(ctx, "k", "x").Err() // an error to count
		src := source(t, server.Addr(), nil)
		h := src.Roles().Health.(whole)

		details, err := h.Details(within(t))
		must(t, err)
		d := details[0].Value
		if d.Role != "master" || !d.Memory.Used.Known() || len(d.Keyspace) != 1 || d.Keyspace[0].Expiring != backends.ExactCount(1) || d.Sample.Keys != backends.ExactCount(1) {
			t.Errorf("details: %+v", d)
		}
		if !slices.ContainsFunc(d.Errors, func(e backends.ErrorCount) bool { return e.Code == "WRONGTYPE" && e.Count.Value == 1 }) {
			t.Errorf("errors: %+v", d.Errors)
		}
		if d.Persistence.Log != "no" || d.Persistence.Snapshots == "" {
			t.Errorf("persistence: %+v", d.Persistence)
		}

		slow, err := h.SlowLog(within(t))
		must(t, err)
		ours, theirs := 0, ""
		for _, e := range slow[0].Value.Entries {
			if e.Ours {
				ours++
			} else {
				theirs += strings.Join(e.Words, " ") + " by " + e.Name + "\n"
			}
		}
		if ours == 0 || !strings.Contains(theirs, "SET k v ex 3600 by shop") && !strings.Contains(theirs, "set k v ex 3600 by shop") ||
			slow[0].Value.Over != backends.ExactSpan(0) || !slow[0].Value.Kept.Known() {
			t.Errorf("slow log: %d ours, over %+v, others\n%s", ours, slow[0].Value.Over, theirs)
		}

		latency, err := h.Latency(within(t))
		must(t, err)
		if latency[0].Value.Over != backends.ExactSpan(time.Millisecond) {
			t.Errorf("latency: %+v", latency)
		}
		commands(t, h)
		clientsOf(t, h)
	})
}

func commands(t *testing.T, h whole) {
	t.Helper()
	testkit.Eventually(t, "rates of commands", func() bool {
		tables, err := h.Commands(within(t))
		must(t, err)
		table := tables[0].Value
		i := slices.IndexFunc(table.Commands, func(c backends.CommandUse) bool { return c.Name == "INFO" })
		return table.Over.Known() && i >= 0 && table.Commands[i].CallRate.Value > 0 && table.Commands[i].Share.Known() &&
			slices.ContainsFunc(table.Commands, func(c backends.CommandUse) bool { return c.Name == "LPUSH" && c.Failed.Value == 1 })
	})
}

func clientsOf(t *testing.T, h whole) {
	t.Helper()
	for range 3 {
		lists, err := h.Clients(within(t))
		must(t, err)
		list := lists[0].Value
		ours, theirs := 0, 0
		for _, c := range list.Clients {
			if c.Ours {
				ours++
			} else if c.Name == "shop" {
				theirs++
			}
		}
		if ours == 0 || theirs == 0 || list.Total.Value != int64(len(list.Clients)) {
			t.Errorf("clients: %d ours, %d of the shop: %+v", ours, theirs, list)
		}
	}
	tables, err := h.Commands(within(t))
	must(t, err)
	for _, c := range tables[0].Value.Commands {
		if c.Name == "CLIENT LIST" && c.Calls.Value != 1 {
			t.Errorf("CLIENT LIST was sent %d times in a moment", c.Calls.Value)
		}
	}
}

// Each section that needs a right of its own says which one, and the others go on.
func TestHealthWithoutRights(t *testing.T) {
	addr, client := server(t)
	user(t, client, "eve", "on", ">pw", "-@all", "+info", "+ping")
	h := as(t, addr, "eve", "pw").Roles().Health.(whole)
	for range 2 {
		details, err := h.Details(within(t))
		if err != nil || !details[0].Value.Memory.Used.Known() || details[0].Value.Persistence.Snapshots != "" {
			t.Errorf("details: %+v, %v", details, err)
		}
		_, slow := h.SlowLog(within(t))
		_, latency := h.Latency(within(t))
		_, clients := h.Clients(within(t))
		for what, err := range map[string]error{"SLOWLOG GET": slow, "LATENCY LATEST": latency, "CLIENT LIST": clients} {
			if backends.ReasonOf(err) != backends.Denied || err == nil || !strings.Contains(err.Error(), "no permission: "+what) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	entries, err := client.ACLLog(context.Background(), 100).Result()
	must(t, err)
	for _, e := range entries {
		if e.Count > 1 && e.Object != "client|setname" && e.Object != "auth" {
			t.Errorf("%s was tried %d times", e.Object, e.Count)
		}
	}
}
