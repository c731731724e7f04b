package redisd

import (
	_ "embed"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends/demo/redisd/internal/glob"
)

// settingsText holds the parameters of Redis 7.0.15 with their defaults, tab-separated.
//
//go:embed settings.tsv
var settingsText string

// settings are the parameters that CONFIG GET and CONFIG SET know, by name in lower case. Some
// rule the server, the others are only kept: see the package comment.
type settings struct {
	values map[string]string
	// What is asked for on every command.
	slowerThan int64 // µs for the slow log; negative is never
	slowLen    int
	latencyMin int64 // ms for the latency monitor; 0 is never
	notify     string
	isNew      bool // class n is on, which the flags do not show together with A
	pushHard   int  // output buffer limit of subscribers, in bytes
	pushSoft   int
	pushGrace  time.Duration
	starting   bool // fixed settings may still be set
}

func newSettings(port int, password string) *settings {
	s := &settings{values: map[string]string{
		"port": strconv.Itoa(port), "bind": "127.0.0.1", "save": "", "dir": ".", "logfile": "",
		"pidfile": "", "daemonize": "no", "loglevel": "notice", "requirepass": password,
		"dbfilename": "dump.rdb", "appendfilename": "appendonly.aof", "appenddirname": "appendonlydir",
	}}
	for line := range strings.Lines(settingsText) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		s.values[name] = value
	}
	s.refresh()
	return s
}

func (s *settings) refresh() {
	s.slowerThan = s.number("slowlog-log-slower-than")
	s.slowLen = int(s.number("slowlog-max-len"))
	s.latencyMin = s.number("latency-monitor-threshold")
	s.notify = s.values["notify-keyspace-events"]
	s.pushHard, s.pushSoft, s.pushGrace = pushLimits(s.values["client-output-buffer-limit"])
}

// number is a setting's value where that is a number, and 0 elsewhere.
func (s *settings) number(name string) int64 {
	v, err := strconv.ParseInt(s.values[name], 10, 64)
	if err != nil {
		return 0
	}
	return v
}

// match lists the settings whose names match one of the patterns.
func (s *settings) match(patterns []string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		if slices.ContainsFunc(patterns, func(p string) bool { return glob.MatchFold(p, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// fixed are the settings that a running server does not change.
func fixed(name string) bool {
	return slices.Contains([]string{
		"databases", "port", "bind", "daemonize", "logfile", "pidfile", "cluster-enabled", "tcp-backlog",
		"supervised", "aclfile", "unixsocket", "syslog-enabled", "io-threads", "always-show-logo",
		"enable-debug-command", "enable-module-command", "enable-protected-configs", "appendfilename",
		"appenddirname", "rdbchecksum", "unixsocketperm", "set-proc-title-template", "disable-thp",
	}, name)
}

// set changes settings, all or none, and says what is wrong as CONFIG SET does.
func (s *settings) set(pairs []string) error {
	seen, next := map[string]bool{}, maps.Clone(s.values)
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := strings.ToLower(pairs[i]), pairs[i+1]
		old, ok := s.values[name]
		switch {
		case !ok:
			return failure("ERR Unknown option or number of arguments for CONFIG SET - '" + pairs[i] + "'")
		case seen[name]:
			return configError(pairs[i], "duplicate parameter")
		case fixed(name) && !s.starting:
			return configError(pairs[i], "can't set immutable config")
		}
		seen[name] = true
		value, why := settingValue(name, old, value)
		if why != "" {
			return configError(pairs[i], why)
		}
		for _, n := range append(aliases(name), name) {
			if _, ok := next[n]; ok {
				next[n] = value
			}
		}
	}
	if v, ok := s.raw(pairs); ok {
		s.isNew = strings.Contains(v, "n")
	}
	s.values = next
	s.refresh()
	return nil
}

// raw is the value given for notify-keyspace-events.
func (s *settings) raw(pairs []string) (string, bool) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.EqualFold(pairs[i], "notify-keyspace-events") {
			return pairs[i+1], true
		}
	}
	return "", false
}

func configError(name, why string) error {
	return failure("ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why)
}

// aliases are the older or newer names of a setting.
func aliases(name string) []string {
	switch name {
	case "lua-time-limit":
		return []string{"busy-reply-threshold"}
	case "busy-reply-threshold":
		return []string{"lua-time-limit"}
	}
	older := strings.NewReplacer("listpack", "ziplist", "replicas", "slaves", "replica", "slave")
	newer := strings.NewReplacer("ziplist", "listpack", "slaves", "replicas", "slave", "replica")
	return []string{older.Replace(name), newer.Replace(name)}
}

// settingValue reads a new value: settings keep the shape of what they were.
func settingValue(name, old, value string) (stored, why string) {
	switch {
	case name == "notify-keyspace-events":
		return notifyFlags(value)
	case name == "maxmemory-policy":
		policies := strings.Fields("volatile-lru volatile-lfu volatile-random volatile-ttl allkeys-lru allkeys-lfu allkeys-random noeviction")
		if !slices.Contains(policies, strings.ToLower(value)) {
			return "", "argument(s) must be one of the following: " + strings.Join(policies, ", ")
		}
		return strings.ToLower(value), ""
	case old == "yes" || old == "no":
		if v := strings.ToLower(value); v == "yes" || v == "no" {
			return v, ""
		}
		return "", "argument must be 'yes' or 'no'"
	}
	if _, err := strconv.ParseInt(old, 10, 64); err != nil {
		return value, ""
	}
	if isMemory(name) {
		if n, ok := memoryValue(value); ok {
			return strconv.FormatInt(n, 10), ""
		}
		return "", "argument must be a memory value"
	}
	v, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return "", "argument couldn't be parsed into an integer"
	}
	if low, high := settingRange(name); v < low || v > high {
		return "", fmt.Sprintf("argument must be between %d and %d inclusive", low, high)
	}
	return value, ""
}

// settingRange is between which numbers a setting lies.
func settingRange(name string) (low, high int64) {
	switch {
	case strings.HasPrefix(name, "slowlog-log-slower"):
		return -1, math.MaxInt64
	case strings.HasPrefix(name, "slowlog-max"), strings.HasPrefix(name, "latency-monitor"), strings.HasSuffix(name, "-entries"), strings.HasSuffix(name, "-value"):
		return 0, math.MaxInt64
	case strings.HasPrefix(name, "list-max"):
		return math.MinInt32, math.MaxInt32
	case name == "maxclients" || name == "maxmemory-samples":
		return 1, math.MaxInt32
	}
	return 0, math.MaxInt32
}

func isMemory(name string) bool {
	return name == "maxmemory" || strings.HasSuffix(name, "-bytes") || strings.HasSuffix(name, "-size") && strings.HasPrefix(name, "repl-") ||
		strings.HasSuffix(name, "-limit") && strings.Contains(name, "buffer") || name == "proto-max-bulk-len"
}

// memoryValue reads a number of bytes with an optional unit: k, kb, m, mb, g, gb.
func memoryValue(s string) (int64, bool) {
	s = strings.ToLower(s)
	factor := int64(1)
	for _, u := range []struct {
		name   string
		factor int64
	}{{"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"b", 1}} {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			s, factor = rest, u.factor
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return 0, false
	}
	return n * factor, true
}

// notifyFlags puts the classes of keyspace notifications in Redis' order; A stands for all
// classes but m and n. See https://redis.io/docs/latest/develop/use/keyspace-notifications.
func notifyFlags(value string) (string, string) {
	const all, other = "g$lshzxetd", "KEmn"
	has := map[rune]bool{}
	for _, r := range value {
		switch {
		case r == 'A':
			for _, c := range all {
				has[c] = true
			}
		case strings.ContainsRune(all+other, r):
			has[r] = true
		default:
			return "", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."
		}
	}
	pick := func(from string) (out string) {
		for _, r := range from {
			if has[r] {
				out += string(r)
			}
		}
		return out
	}
	classes := pick("g$lshzxetd")
	if classes == all {
		return "A" + pick("KEm"), "" // n is lost here, as in Redis
	}
	return classes + pick("nKEm"), ""
}

// pushLimits reads the subscribers' part of client-output-buffer-limit: class hard soft seconds.
func pushLimits(value string) (hard, soft int, grace time.Duration) {
	words := strings.Fields(value)
	for i := 0; i+3 < len(words); i += 4 {
		if words[i] != "pubsub" {
			continue
		}
		h, _ := memoryValue(words[i+1]) // 0, no limit, where it is none
		s, _ := memoryValue(words[i+2])
		seconds, _ := strconv.Atoi(words[i+3])
		return int(h), int(s), time.Duration(seconds) * time.Second
	}
	return 0, 0, 0
}
