package redis

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"bustop/backends/redis/resp"
)

// Whatever a server says, it is read in bounded memory, without a panic, and into what later code expects.

func FuzzInfo(f *testing.F) {
	f.Add("# Server\r\nredis_version:7.0.15\r\nrole:slave\r\nmaster_host:::1\r\nmaster_port:1\r\nslave_repl_offset:-1\r\n")
	f.Add("role:master\r\nslave0:ip=a,port=b,state=online,offset=9223372036854775807,lag=-1\r\nmaster_repl_offset:1\r\nrepl_backlog_size:0")
	f.Add("db0:keys=1,expires=0,avg_ttl=9e99\ndb10:keys=x\nerrorstat_ERR:count=3\ncmdstat_get|x:calls=1,usec=2\nlatency_percentiles_usec_get:p50=nan")
	f.Add("used_memory:1\nmaxmemory:1\nmem_fragmentation_ratio:inf\nserver_name:valkey\nvalkey_version:8\nmaster_last_io_seconds_ago:1e300")
	f.Fuzz(func(t *testing.T, text string) {
		i := parseInfo(text)
		d := detailOf(i, time.Unix(0, 0))
		for _, r := range d.Replication.Replicas {
			if r.Behind.Known() && r.Behind.Value < 0 {
				t.Errorf("a replica is %d bytes ahead", r.Behind.Value)
			}
		}
		table := (&trend{}).commandTable(statsOf(i), i["run_id"], time.Unix(1, 0))
		if len(table.Commands) > len(i) {
			t.Errorf("%d commands of %d lines", len(table.Commands), len(i))
		}
		if len(healthFacts(i)) > 2*len(i) {
			t.Error("more facts than lines")
		}
		productOf(i)
	})
}

func FuzzClientList(f *testing.F) {
	f.Add("id=3 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=8 name=a b age=1 idle=0 flags=bN db=0 sub=1 psub=2 ssub=0 omem=5 tot-mem=9 cmd=blpop user=default lib-name=x lib-ver=\n", "a")
	f.Add("id=x age=-1 idle=1e999 omem=99999999999999999999 cmd==\n\n=\nname=\n", "")
	f.Fuzz(func(t *testing.T, text, our string) {
		l := parseClients(text, our, time.Unix(0, 0))
		if int64(len(l.Clients)) > l.Total.Value || len(l.Clients) > clientsKept || l.Total.Value > int64(strings.Count(text, "\n"))+1 {
			t.Errorf("%d clients of %d in %d bytes", len(l.Clients), l.Total.Value, len(text))
		}
		for _, c := range l.Clients {
			if c.Ours && (our == "" || c.Name != our) {
				t.Errorf("%q is taken for ours, %q", c.Name, our)
			}
			if c.Idle.Value < 0 || c.Age.Value < 0 {
				t.Errorf("a negative time: %+v", c)
			}
		}
	})
}

// answersIn are the values in a stream of bytes from a server.
func answersIn(in []byte) (out []*resp.Value) {
	r := resp.NewReader(bytes.NewReader(in), keepBytes)
	for len(out) < 100 {
		v := &resp.Value{}
		if r.Read(v) != nil {
			break
		}
		out = append(out, v)
	}
	return out
}

func FuzzClusterAnswers(f *testing.F) {
	f.Add([]byte("*1\r\n*4\r\n:0\r\n:5460\r\n*3\r\n$9\r\n127.0.0.1\r\n:7000\r\n$2\r\nid\r\n*2\r\n$0\r\n\r\n:7001\r\n"), false)
	f.Add([]byte("*1\r\n*3\r\n:-5\r\n:99999\r\n*2\r\n$-1\r\n:0\r\n"), true)
	f.Add([]byte("*1\r\n*4\r\n$5\r\nslots\r\n*2\r\n:0\r\n:9\r\n$5\r\nnodes\r\n*1\r\n*6\r\n$8\r\nendpoint\r\n$1\r\n?\r\n$4\r\nport\r\n:1\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"), true)
	f.Fuzz(func(t *testing.T, in []byte, secure bool) {
		for _, v := range answersIn(in) {
			for _, m := range []*slotMap{readSlots(plain(v), "asked"), readShards(plain(v), "asked", secure)} {
				for slot := range slotCount {
					if s, ok := m.shardOf(slot); ok && s.master == "" {
						t.Fatalf("slot %d belongs to nobody's address", slot)
					}
				}
				for _, s := range m.shards {
					if _, _, err := net.SplitHostPort(s.master); err != nil && !strings.ContainsAny(s.master, "[]") {
						t.Errorf("%q is no address: %v", s.master, err)
					}
				}
			}
		}
	})
}

func FuzzClusterNodes(f *testing.F) {
	f.Add("07c37df 127.0.0.1:30004@31004,host slave e7d1eec 0 1426238317239 4 connected\ne7d1eec 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-5460 [5461->-292f8b]\n")
	f.Add("x :0@0 myself,master,noaddr - 0 0 1 connected\n")
	f.Fuzz(func(t *testing.T, text string) {
		if movesSlots(text) && !strings.Contains(text, "[") {
			t.Error("slots move though none is named")
		}
		if r, ok := readRedirect(reply{text}, "asked"); ok && !strings.Contains(r.addr, ":") {
			t.Errorf("redirected to %q", r.addr)
		}
	})
}

func FuzzSentinelAnswers(f *testing.F) {
	f.Add([]byte("*2\r\n*6\r\n$2\r\nip\r\n$9\r\n127.0.0.1\r\n$4\r\nport\r\n$4\r\n6379\r\n$5\r\nflags\r\n$5\r\nslave\r\n*2\r\n$5\r\nflags\r\n$12\r\ns_down,slave\r\n"))
	f.Add([]byte("*1\r\n*1\r\n$2\r\nip\r\n"))
	f.Add([]byte("*-1\r\n$-1\r\n:1\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, v := range answersIn(in) {
			up := replicasUp(v)
			if len(up) > len(v.Items) {
				t.Errorf("%d replicas of %d answers", len(up), len(v.Items))
			}
			for _, addr := range up {
				if strings.HasPrefix(addr, ":") {
					t.Errorf("a replica without a host: %q", addr)
				}
			}
		}
	})
}

func FuzzSlowLog(f *testing.F) {
	f.Add([]byte("*6\r\n:14\r\n:1309448221\r\n:15\r\n*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\nrequirepass\r\n$7\r\nhunter2\r\n$15\r\n127.0.0.1:58217\r\n$1\r\na\r\n"), "a")
	f.Add([]byte("*4\r\n$1\r\nx\r\n:9223372036854775807\r\n:-1\r\n*0\r\n"), "")
	f.Add([]byte("*4\r\n:1\r\n:1\r\n:1\r\n*5\r\n$5\r\nhello\r\n$1\r\n3\r\n$4\r\nauth\r\n$1\r\nu\r\n$7\r\nhunter2\r\n"), "")
	f.Fuzz(func(t *testing.T, in []byte, our string) {
		for _, v := range answersIn(in) {
			e, ok := slowEntry(plain(v), our)
			if ok && e.Ours && our == "" {
				t.Error("an entry of nobody is ours")
			}
			if ok && len(e.Words) > 1 && strings.EqualFold(e.Words[0], "AUTH") && e.Words[1] != redacted {
				t.Errorf("a password is shown: %q", e.Words)
			}
			spikesOf(plain(v))
		}
	})
}
