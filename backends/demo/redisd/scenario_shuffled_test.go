package redisd_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bustop/backends/demo/redisd"
	"bustop/backends/testkit"
)

var (
	shuffles = flag.Int("shuffles", 40, "how many shuffled scripts to run")
	seed     = flag.Uint64("seed", 1, "the first of their seeds")
	changes  = flag.Bool("changes", false, "change a word in some of their commands")
)

// notShuffled are commands whose replies or effects depend on chance, on time or on more than the commands before.
const notShuffled = `SPOP SRANDMEMBER HRANDFIELD ZRANDMEMBER RANDOMKEY SCRIPT SCAN
	INFO CONFIG CLIENT SLOWLOG LATENCY MEMORY ACL COMMAND LOLWUT MODULE FUNCTION FCALL BGSAVE BGREWRITEAOF REPLICAOF FAILOVER
	LASTSAVE TIME ROLE HELLO AUTH QUIT RESET SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE PUBSUB MONITOR
	BLPOP BRPOP BLMOVE BLMPOP BRPOPLPUSH BZPOPMIN BZPOPMAX BZMPOP WAIT SWAPDB DEBUG CLUSTER SENTINEL
	ZRANGEBYLEX ZREVRANGEBYLEX ZLEXCOUNT ZREMRANGEBYLEX`

// strict are commands of which redisd checks the arguments even where a key is missing or of another type,
// when Redis answers nothing or tells the other fault.
const strict = "BITCOUNT HSCAN SSCAN ZSCAN LINDEX SMOVE GETEX GEODIST"

// withoutOrder are commands whose replies have no order once a value is large or was another before.
const withoutOrder = "SMEMBERS SINTER SUNION SDIFF KEYS SSCAN HSCAN ZSCAN HGETALL HKEYS HVALS"

// shufflable are the lines of the scenario that may be sent in any order by one client, but for those that are known to
// differ.
func shufflable() []string {
	var out []string
	reasons := accepted()
	for _, o := range scenario() {
		if reasons[o.name] != "" {
			continue
		}
		for line := range strings.Lines(o.script) {
			line = strings.TrimSpace(line)
			if line == "" || strings.ContainsAny(line[:1], "#<@") {
				continue
			}
			m := lineForm.FindStringSubmatch(line)
			command := m[6]
			name := strings.ToUpper(words(command)[0])
			switch {
			case m[1] != "" || m[4] != "" || m[5] != "" || strings.Contains(command, "{"):
			case slices.Contains(strings.Fields(notShuffled), name) || timed(command) || strings.Contains(command, " BYLEX"):
			case slices.Contains(out, command):
			default:
				out = append(out, command)
			}
		}
	}
	return out
}

// timed reports whether a command waits, makes an ID of the time or gives a time to live that may run out during
// the test.
func timed(command string) bool {
	upper := strings.ToUpper(command) + " "
	for _, word := range []string{" BLOCK ", " * ", "-* ", " PX ", "PSETEX", " EX ", " IDLE ", "PEXPIRE", " TTL", "PTTL", "EXPIRE ", "XINFO CONSUMERS"} {
		if strings.Contains(upper, word) {
			return true
		}
	}
	return false
}

// TestShuffled sends the commands of the scenario in random order, so that they meet values which they were not
// written for.
func TestShuffled(t *testing.T) {
	real1 := testkit.Redis(t)
	embedded, err := redisd.Start(redisd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Close()
	all := shufflable()
	for i := range uint64(*shuffles) {
		random := rand.New(rand.NewPCG(*seed+i, 0))
		var script []string
		for range 60 {
			script = append(script, changed(random, all))
		}
		o := observation{name: fmt.Sprint(*seed + i), script: strings.Join(script, "\n")}
		got := observeAll(t, o, 2+int(i%2), real1.Addr(), embedded.Addr())
		for j, want := range got[0] {
			name, _, _ := strings.Cut(want.command, " ")
			fault := strings.HasPrefix(want.reply, "-") || slices.Contains(strings.Fields(strict), strings.ToUpper(name))
			if fault && strings.HasPrefix(got[1][j].reply, "-") {
				got[1][j].reply = want.reply // which of two faults is told is compared elsewhere
			}
			got[0][j].reply, got[1][j].reply = ordered(want), ordered(got[1][j])
		}
		if diff := differ(got[0], got[1]); diff != "" {
			t.Errorf("seed %d:\n%s", *seed+i, diff)
		}
	}
}

// large are commands of which another number may take very much memory.
const large = "SETRANGE SETBIT BITFIELD"

// changed is one of the commands or, if that was asked for, one with a word of another.
func changed(random *rand.Rand, all []string) string {
	for {
		command := all[random.IntN(len(all))]
		parts := wordForm.FindAllString(command, -1)
		if !*changes || len(parts) < 2 || random.IntN(2) == 0 || slices.Contains(strings.Fields(large), strings.ToUpper(parts[0])) {
			return command
		}
		other := wordForm.FindAllString(all[random.IntN(len(all))], -1)
		parts[1+random.IntN(len(parts)-1)] = other[random.IntN(len(other))]
		command = strings.Join(parts, " ")
		if !timed(command) && !strings.Contains(command, "BYLEX") && !strings.HasPrefix(command, "EVAL") {
			return command
		}
	}
}

// ordered is a reply in which what has no order is sorted.
func ordered(s step) string {
	name, _, _ := strings.Cut(s.command, " ")
	if !slices.Contains(strings.Fields(withoutOrder), strings.ToUpper(name)) && !strings.Contains(s.command, "HGETALL") {
		return s.reply
	}
	parts := strings.FieldsFunc(s.reply, func(r rune) bool { return strings.ContainsRune("[]{}~ ", r) })
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
