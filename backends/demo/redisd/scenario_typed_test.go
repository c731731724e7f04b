package redisd_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// typed is one observation by go-redis, as programs see a server.
type typed struct {
	*goredis.Client
	ctx   context.Context
	t     testing.TB
	lines []step
}

// note keeps what a call returned.
func (y *typed) note(call string, result any, err error) {
	y.lines = append(y.lines, step{call, fmt.Sprintf("%+v, error %v", result, err)})
}

func observeTyped(t testing.TB, o observation, proto int, addr string) []step {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := goredis.NewClient(&goredis.Options{
		Addr: addr, Protocol: proto, DisableIdentity: true, MaxRetries: -1, DialerRetries: 1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	defer c.Close()
	y := &typed{Client: c, ctx: ctx, t: t}
	o.typed(y)
	return y.lines
}

// typedCalls are calls as the console and the programs of the demo make them.
func typedCalls() []observation {
	stream := func(y *typed) {
		for i := range 5 {
			y.XAdd(y.ctx, &goredis.XAddArgs{Stream: "s", ID: fmt.Sprintf("1-%d", i+1), Values: []any{"n", i}})
		}
		y.XGroupCreate(y.ctx, "s", "g", "0")
		y.XReadGroup(y.ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{"s", ">"}, Count: 2, Block: -1})
	}
	return []observation{
		{name: "typed/info", typed: func(y *typed) {
			v, err := y.InfoMap(y.ctx, "replication", "clients").Result()
			y.note("InfoMap role", v["Replication"]["role"], err)
			y.note("InfoMap clients", v["Clients"]["maxclients"], nil)
		}},
		{name: "typed/client-list", typed: func(y *typed) {
			err := y.Do(y.ctx, "CLIENT", "SETNAME", "probe").Err()
			y.note("SETNAME", "", err)
			v, err := y.ClientInfo(y.ctx).Result()
			if err == nil {
				y.note("ClientInfo", []any{v.Name, v.DB, v.Flags, v.Sub, v.PSub, v.Multi, v.LastCmd, v.User, v.Resp}, nil)
				y.note("ClientInfo age", v.Age < time.Minute && v.Idle < time.Minute, nil)
			} else {
				y.note("ClientInfo", nil, err)
			}
		}},
		{name: "typed/config", typed: func(y *typed) {
			v, err := y.ConfigGet(y.ctx, "maxmemory-policy").Result()
			y.note("ConfigGet", v, err)
			y.note("ConfigSet", "", y.ConfigSet(y.ctx, "maxmemory-policy", "allkeys-lru").Err())
			v, err = y.ConfigGet(y.ctx, "maxmemory-policy").Result()
			y.note("ConfigGet", v, err)
		}},
		{name: "typed/slowlog", typed: func(y *typed) {
			y.ConfigSet(y.ctx, "slowlog-log-slower-than", "-1")
			y.SlowLogReset(y.ctx)
			y.ConfigSet(y.ctx, "slowlog-log-slower-than", "0")
			y.Set(y.ctx, "k", "v", 0)
			y.ConfigSet(y.ctx, "slowlog-log-slower-than", "-1")
			v, err := y.SlowLogGet(y.ctx, 10).Result()
			for _, entry := range v {
				y.note("SlowLogGet", []any{entry.Args, entry.ClientName, time.Since(entry.Time) < time.Minute}, err)
			}
		}},
		{name: "typed/keys", typed: func(y *typed) {
			y.Set(y.ctx, "k", "v", time.Hour)
			y.RPush(y.ctx, "l", "a")
			typ, err := y.Type(y.ctx, "l").Result()
			y.note("Type", typ, err)
			ttl, err := y.PTTL(y.ctx, "k").Result()
			y.note("PTTL", ttl > 59*time.Minute && ttl <= time.Hour, err)
			enc, err := y.ObjectEncoding(y.ctx, "l").Result()
			y.note("ObjectEncoding", enc, err)
			mem, err := y.MemoryUsage(y.ctx, "k").Result()
			y.note("MemoryUsage", mem > 0, err)
			_, err = y.MemoryUsage(y.ctx, "nosuch").Result()
			y.note("MemoryUsage of nothing", "", err)
			idle, err := y.ObjectIdleTime(y.ctx, "k").Result()
			y.note("ObjectIdleTime", idle < time.Minute, err)
		}},
		{name: "typed/scan", typed: func(y *typed) {
			for i := range 300 {
				y.Set(y.ctx, fmt.Sprintf("key:%d", i), "v", 0)
			}
			it := y.Scan(y.ctx, 0, "key:*", 50).Iterator()
			found := map[string]bool{}
			for it.Next(y.ctx) {
				found[it.Val()] = true
			}
			y.note("Scan", len(found), it.Err())
		}},
		{name: "typed/pipeline", typed: func(y *typed) {
			cmds, err := y.Pipelined(y.ctx, func(p goredis.Pipeliner) error {
				p.Set(y.ctx, "k", "v", 0)
				p.LPush(y.ctx, "k", "x")
				p.Do(y.ctx, "TYPE", "k")
				p.Do(y.ctx, "XINFO", "STREAM", "nosuch")
				p.Do(y.ctx, "PTTL", "k")
				return nil
			})
			y.note("Pipelined", cmds, err)
		}},
		{name: "typed/transaction", typed: func(y *typed) {
			cmds, err := y.TxPipelined(y.ctx, func(p goredis.Pipeliner) error {
				p.Incr(y.ctx, "n")
				p.Expire(y.ctx, "n", time.Hour)
				p.HSet(y.ctx, "h", "a", 1)
				return nil
			})
			y.note("TxPipelined", cmds, err)
		}},
		{name: "typed/watch", typed: func(y *typed) {
			y.Set(y.ctx, "k", "1", 0)
			err := y.Watch(y.ctx, func(tx *goredis.Tx) error {
				y.Set(y.ctx, "k", "2", 0) // another connection
				_, err := tx.TxPipelined(y.ctx, func(p goredis.Pipeliner) error {
					p.Set(y.ctx, "k", "3", 0)
					return nil
				})
				return err
			}, "k")
			y.note("Watch", y.Get(y.ctx, "k").Val(), err)
		}},
		{name: "typed/script", typed: func(y *typed) {
			script := goredis.NewScript(`return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}`)
			v, err := script.Run(y.ctx, y.Client, []string{"n"}, "x").Result()
			y.note("Run", v, err)
			v, err = script.Run(y.ctx, y.Client, []string{"n"}, "x").Result()
			y.note("Run again", v, err)
		}},
		{name: "typed/leaderboard", typed: func(y *typed) {
			y.ZAdd(y.ctx, "z", goredis.Z{Score: 10, Member: "a"}, goredis.Z{Score: -2.5, Member: "b"}, goredis.Z{Score: 10, Member: "c"})
			score, err := y.ZIncrBy(y.ctx, "z", 0.5, "b").Result()
			y.note("ZIncrBy", score, err)
			v, err := y.ZRevRangeWithScores(y.ctx, "z", 0, -1).Result()
			y.note("ZRevRangeWithScores", v, err)
			v, err = y.ZRangeArgsWithScores(y.ctx, goredis.ZRangeArgs{Key: "z", Start: 0, Stop: 10, ByScore: true}).Result()
			y.note("ZRangeArgsWithScores", v, err)
			rank, err := y.ZRevRank(y.ctx, "z", "b").Result()
			y.note("ZRevRank", rank, err)
			page, cursor, err := y.ZScan(y.ctx, "z", 0, "", 10).Result()
			y.note("ZScan", []any{page, cursor}, err)
			top, err := y.ZPopMax(y.ctx, "z", 2).Result()
			y.note("ZPopMax", top, err)
		}},
		{name: "typed/hash", typed: func(y *typed) {
			n, err := y.HSet(y.ctx, "h", "a", 1, "b", 2).Result()
			y.note("HSet", n, err)
			all, err := y.HGetAll(y.ctx, "h").Result()
			y.note("HGetAll", all, err)
			page, cursor, err := y.HScan(y.ctx, "h", 0, "", 20).Result()
			y.note("HScan", []any{page, cursor}, err)
			some, err := y.HMGet(y.ctx, "h", "a", "nosuch").Result()
			y.note("HMGet", some, err)
		}},
		{name: "typed/blocking", typed: func(y *typed) {
			y.RPush(y.ctx, "q", "a")
			y.RPush(y.ctx, "q", "b")
			v, err := y.BLPop(y.ctx, time.Second, "q").Result()
			y.note("BLPop", v, err)
			moved, err := y.BLMove(y.ctx, "q", "p", "LEFT", "RIGHT", time.Second).Result()
			y.note("BLMove", moved, err)
		}},
		{name: "typed/lock", typed: func(y *typed) {
			ok, err := y.SetNX(y.ctx, "lock", "me", time.Minute).Result()
			y.note("SetNX", ok, err)
			ok, err = y.SetNX(y.ctx, "lock", "you", time.Minute).Result()
			y.note("SetNX again", ok, err)
			start, err := y.GetRange(y.ctx, "lock", 0, 99).Result()
			y.note("GetRange", start, err)
		}},
		{name: "typed/xread-group", typed: func(y *typed) {
			stream(y)
			v, err := y.XReadGroup(y.ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: "d", Streams: []string{"s", ">"}, Count: 10, Block: -1}).Result()
			y.note("XReadGroup", v, err)
			v, err = y.XReadGroup(y.ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: "d", Streams: []string{"s", ">"}, Count: 10, Block: time.Millisecond}).Result()
			y.note("XReadGroup of nothing", v, err)
			n, err := y.XAck(y.ctx, "s", "g", "1-1", "1-2").Result()
			y.note("XAck", n, err)
			v, err = y.XRead(y.ctx, &goredis.XReadArgs{Streams: []string{"s", "1-4"}, Block: -1}).Result()
			y.note("XRead", v, err)
		}},
		{name: "typed/xpending", typed: func(y *typed) {
			stream(y)
			sum, err := y.XPending(y.ctx, "s", "g").Result()
			y.note("XPending", fmt.Sprintf("%+v", sum), err)
			ext, err := y.XPendingExt(y.ctx, &goredis.XPendingExtArgs{Stream: "s", Group: "g", Start: "-", End: "+", Count: 1}).Result()
			for _, e := range ext {
				y.note("XPendingExt", []any{e.ID, e.Consumer, e.RetryCount, e.Idle < time.Minute}, err)
			}
			claimed, next, err := y.XAutoClaim(y.ctx, &goredis.XAutoClaimArgs{Stream: "s", Group: "g", Consumer: "e", Start: "0", Count: 1}).Result()
			y.note("XAutoClaim", []any{claimed, next}, err)
		}},
		{name: "typed/xinfo", typed: func(y *typed) {
			stream(y)
			info, err := y.XInfoStream(y.ctx, "s").Result()
			y.note("XInfoStream", fmt.Sprintf("%+v", info), err)
			groups, err := y.XInfoGroups(y.ctx, "s").Result()
			y.note("XInfoGroups", groups, err)
			consumers, err := y.XInfoConsumers(y.ctx, "s", "g").Result()
			for _, c := range consumers {
				y.note("XInfoConsumers", []any{c.Name, c.Pending, c.Idle < time.Minute}, err)
			}
		}},
		{name: "typed/xinfo-full", typed: func(y *typed) {
			stream(y)
			full, err := y.XInfoStreamFull(y.ctx, "s", 10).Result()
			if err != nil {
				y.note("XInfoStreamFull", "", err)
				return
			}
			y.note("XInfoStreamFull", []any{full.Length, full.LastGeneratedID, full.EntriesAdded, full.Entries}, nil)
			for _, g := range full.Groups {
				y.note("group", []any{g.Name, g.LastDeliveredID, g.EntriesRead, g.Lag, g.PelCount, len(g.Pending), len(g.Consumers)}, nil)
			}
		}},
		{name: "typed/pubsub", typed: func(y *typed) {
			sub := y.Subscribe(y.ctx, "ch")
			defer sub.Close()
			v, err := sub.Receive(y.ctx)
			y.note("Subscribe", v, err)
			n, err := y.Publish(y.ctx, "ch", "hello").Result()
			y.note("Publish", n, err)
			m, err := sub.ReceiveMessage(y.ctx)
			y.note("ReceiveMessage", m, err)
			y.note("Ping", "", sub.Ping(y.ctx, "x"))
			v, err = sub.Receive(y.ctx)
			y.note("Receive", v, err)
			y.note("PSubscribe", "", sub.PSubscribe(y.ctx, "c*"))
			v, err = sub.Receive(y.ctx)
			y.note("Receive", v, err)
			count, err := y.PubSubNumSub(y.ctx, "ch", "other").Result()
			y.note("PubSubNumSub", count, err)
			y.note("Unsubscribe", "", sub.Unsubscribe(y.ctx))
			v, err = sub.Receive(y.ctx)
			y.note("Receive", v, err)
		}},
		{name: "typed/sharded", typed: func(y *typed) {
			sub := y.SSubscribe(y.ctx, "sh")
			defer sub.Close()
			v, err := sub.Receive(y.ctx)
			y.note("SSubscribe", v, err)
			n, err := y.SPublish(y.ctx, "sh", "hello").Result()
			y.note("SPublish", n, err)
			m, err := sub.ReceiveMessage(y.ctx)
			y.note("ReceiveMessage", m, err)
			count, err := y.PubSubShardNumSub(y.ctx, "sh").Result()
			y.note("PubSubShardNumSub", count, err)
		}},
		{name: "typed/errors", typed: func(y *typed) {
			y.LPush(y.ctx, "l", "a")
			y.note("Get of a list", "", y.Get(y.ctx, "l").Err())
			y.note("Get of nothing", "", y.Get(y.ctx, "nosuch").Err())
			y.note("unknown", "", y.Do(y.ctx, "NOSUCH", 1).Err())
			y.note("XInfoStream of nothing", "", y.XInfoStream(y.ctx, "nosuch").Err())
			y.note("XReadGroup of nothing", "", y.XReadGroup(y.ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{"s", ">"}}).Err())
			y.note("EvalSha", "", y.EvalSha(y.ctx, "0000000000000000000000000000000000000000", nil).Err())
		}},
		{name: "typed/hyperloglog", typed: func(y *typed) {
			n, err := y.PFAdd(y.ctx, "h", "a", "b", "c").Result()
			y.note("PFAdd", n, err)
			n, err = y.PFCount(y.ctx, "h").Result()
			y.note("PFCount", n, err)
			typ, err := y.Type(y.ctx, "h").Result()
			y.note("Type", typ, err)
		}},
	}
}
