package testkit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"bustop/backends/demo/servers"
)

// slots is the number of hash slots of a cluster.
const slots = 16384

// Cluster is a Redis Cluster of our own.
type Cluster struct {
	// Masters share the slots evenly, in their order. Replicas[i] copies master i modulo their number.
	Masters, Replicas []*servers.Redis
	clients           map[*servers.Redis]*redis.Client
}

// RedisCluster starts a cluster for one test: masters, and that many replicas for them in turn. It
// serves the slots that are left when a master is gone without a successor.
func RedisCluster(t testing.TB, masters, replicas int, args ...string) *Cluster {
	t.Helper()
	c := &Cluster{clients: map[*servers.Redis]*redis.Client{}}
	for i := range masters + replicas {
		r := Redis(t, append([]string{
			"--cluster-enabled", "yes", "--cluster-port", servers.AnyPort, "--cluster-node-timeout", "1000",
			"--cluster-require-full-coverage", "no", "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0",
			"--repl-ping-replica-period", "1", // a replica that has copied nothing yet is not listed
		}, args...)...)
		client := redis.NewClient(&redis.Options{Addr: r.Addr(), DisableIdentity: true, MaxRetries: -1})
		t.Cleanup(func() { _ = client.Close() })
		c.clients[r] = client
		if i < masters {
			c.Masters = append(c.Masters, r)
		} else {
			c.Replicas = append(c.Replicas, r)
		}
	}
	c.join(t)
	return c
}

// join makes one cluster of the servers and waits until all of them agree.
func (c *Cluster) join(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	n := len(c.Masters)
	for i, r := range c.Masters {
		check(t, c.clients[r].ClusterAddSlotsRange(ctx, i*slots/n, (i+1)*slots/n-1).Err())
	}
	all := slices.Concat(c.Masters, c.Replicas)
	for i, r := range all {
		check(t, c.clients[r].Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err())
		if i == 0 {
			continue // the others meet this one
		}
		check(t, c.clients[all[0]].Do(ctx, "CLUSTER", "MEET", "127.0.0.1", r.Port, r.PortOf("cluster-port")).Err())
	}
	for _, r := range all {
		Eventually(t, "the nodes know each other", func() bool {
			text, err := c.clients[r].ClusterInfo(ctx).Result()
			return err == nil && strings.Contains(text, fmt.Sprintf("cluster_known_nodes:%d\r", len(all))) && strings.Contains(text, "cluster_state:ok")
		})
	}
	for i, r := range c.Replicas {
		id := c.ID(t, c.Masters[i%n])
		Eventually(t, "the replica knows its master", func() bool { return c.clients[r].ClusterReplicate(ctx, id).Err() == nil })
		Eventually(t, "the replica copies", func() bool {
			text, err := c.clients[r].Info(ctx, "replication").Result()
			return err == nil && strings.Contains(text, "master_link_status:up")
		})
	}
	for _, r := range all {
		Eventually(t, "the nodes know the replicas", func() bool {
			ranges, err := c.clients[r].Do(ctx, "CLUSTER", "SLOTS").Slice()
			known := 0
			for _, each := range ranges {
				known += len(each.([]any)) - 2 // the first and the last slot, then the nodes
			}
			return err == nil && known == len(all)
		})
	}
}

// Client is a client of one of the cluster's servers.
func (c *Cluster) Client(r *servers.Redis) *redis.Client { return c.clients[r] }

// ID is the name by which the cluster knows a node.
func (c *Cluster) ID(t testing.TB, r *servers.Redis) string {
	t.Helper()
	id, err := c.clients[r].Do(context.Background(), "CLUSTER", "MYID").Text()
	check(t, err)
	return id
}

// Owner is the master that had the slot of a key when the cluster was made.
func (c *Cluster) Owner(t testing.TB, key string) *servers.Redis {
	t.Helper()
	slot, err := c.clients[c.Masters[0]].ClusterKeySlot(context.Background(), key).Result()
	check(t, err)
	for i := range c.Masters {
		if int(slot) < (i+1)*slots/len(c.Masters) {
			return c.Masters[i]
		}
	}
	return nil
}

// Do runs a command at the master that has the slot of the key, which is its second word.
func (c *Cluster) Do(t testing.TB, words ...any) any {
	t.Helper()
	v, err := c.clients[c.Owner(t, words[1].(string))].Do(context.Background(), words...).Result()
	check(t, err)
	return v
}

// URL is the address of the cluster as bustop takes it: its first two masters.
func (c *Cluster) URL() string {
	var hosts []string
	for _, r := range c.Masters[:min(2, len(c.Masters))] {
		hosts = append(hosts, r.Addr())
	}
	return "redis+cluster://" + strings.Join(hosts, ",")
}

// BeginMove opens a slot's move from one master to another: keys may be on either (redis.io/docs/latest/commands/cluster-setslot).
func (c *Cluster) BeginMove(t testing.TB, slot int, from, to *servers.Redis) {
	t.Helper()
	ctx := context.Background()
	check(t, c.clients[to].Do(ctx, "CLUSTER", "SETSLOT", slot, "IMPORTING", c.ID(t, from)).Err())
	check(t, c.clients[from].Do(ctx, "CLUSTER", "SETSLOT", slot, "MIGRATING", c.ID(t, to)).Err())
}

// MoveKeys moves at most n keys of a slot that is on the move.
func (c *Cluster) MoveKeys(t testing.TB, slot, n int, from, to *servers.Redis) {
	t.Helper()
	ctx := context.Background()
	keys, err := c.clients[from].ClusterGetKeysInSlot(ctx, slot, n).Result()
	check(t, err)
	for _, key := range keys {
		check(t, c.clients[from].Do(ctx, "MIGRATE", "127.0.0.1", to.Port, key, 0, 5000).Err())
	}
}

// EndMove gives the slot to its new master.
func (c *Cluster) EndMove(t testing.TB, slot int, to *servers.Redis) {
	t.Helper()
	id := c.ID(t, to)
	check(t, c.clients[to].Do(context.Background(), "CLUSTER", "SETSLOT", slot, "NODE", id).Err())
	for _, r := range c.Masters {
		if r != to {
			check(t, c.clients[r].Do(context.Background(), "CLUSTER", "SETSLOT", slot, "NODE", id).Err())
		}
	}
}
