package testkit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"bustop/backends/demo/servers"
)

// MasterName is what the sentinels of RedisSentinel call their master.
const MasterName = "mymaster"

// Guarded is a Redis server with replicas that sentinels guard.
type Guarded struct {
	Master              *servers.Redis
	Replicas, Sentinels []*servers.Redis
}

// RedisSentinel starts a master, replicas and sentinels for one test. The sentinels take a master for
// dead after a second, and agree by majority. config is put at the end of theirs.
func RedisSentinel(t testing.TB, replicas, sentinels int, config string) *Guarded {
	t.Helper()
	ctx := context.Background()
	g := &Guarded{Master: Redis(t, "--repl-diskless-sync-delay", "0")}
	for range replicas {
		r := Redis(t, "--replicaof", "127.0.0.1 "+strconv.Itoa(g.Master.Port), "--repl-diskless-sync-delay", "0")
		g.Replicas = append(g.Replicas, r)
		Eventually(t, "the replica copies", func() bool { return strings.Contains(infoOf(ctx, r.Addr(), "replication"), "master_link_status:up") })
	}
	for range sentinels {
		s, err := servers.StartSentinel(ctx, fmt.Sprintf("sentinel monitor %s 127.0.0.1 %d %d\nsentinel down-after-milliseconds %s 1000\nsentinel failover-timeout %s 5000\n%s\n",
			MasterName, g.Master.Port, sentinels/2+1, MasterName, MasterName, config))
		check(t, err)
		t.Cleanup(s.Close)
		g.Sentinels = append(g.Sentinels, s)
	}
	return g
}

// AwaitAgreement waits until every sentinel knows all others and the replicas. password is what the
// sentinels want, "" for nothing.
func (g *Guarded) AwaitAgreement(t testing.TB, password string) {
	t.Helper()
	ctx := context.Background()
	for _, s := range g.Sentinels {
		client := redis.NewSentinelClient(&redis.Options{Addr: s.Addr(), Password: password, MaxRetries: -1, DisableIdentity: true})
		Eventually(t, "the sentinels know each other", func() bool {
			m, err := client.Master(ctx, MasterName).Result()
			if err != nil || m["num-other-sentinels"] != strconv.Itoa(len(g.Sentinels)-1) || m["num-slaves"] != strconv.Itoa(len(g.Replicas)) {
				return false
			}
			replicas, err := client.Replicas(ctx, MasterName).Result()
			return err == nil && !slices.ContainsFunc(replicas, func(r map[string]string) bool { return r["flags"] != "slave" })
		})
		_ = client.Close()
	}
}

// URL is the address as bustop takes it.
func (g *Guarded) URL() string {
	var hosts []string
	for _, s := range g.Sentinels {
		hosts = append(hosts, s.Addr())
	}
	return "redis+sentinel://" + strings.Join(hosts, ",") + "/" + MasterName
}

// Promoted waits until a replica has become the master and returns it.
func (g *Guarded) Promoted(t testing.TB) *servers.Redis {
	t.Helper()
	var master *servers.Redis
	Eventually(t, "a replica is the master", func() bool {
		for _, r := range g.Replicas {
			if strings.Contains(infoOf(context.Background(), r.Addr(), "replication"), "role:master") {
				master = r
			}
		}
		return master != nil
	})
	return master
}

func infoOf(ctx context.Context, addr, section string) string {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DisableIdentity: true})
	defer client.Close()
	return client.Info(ctx, section).Val()
}
