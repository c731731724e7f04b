package profile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// limiters are the libraries that count requests.
func limiters() []Profile {
	return []Profile{
		{Name: "redis_rate", Library: "redis_rate", Kind: Limiter, Keys: []Key{{
			Match: "rate:<name>", Type: "string", Life: Expires, Confirm: gcra, Confidence: 0.9,
		}}},
		{Name: "express rate limit", Library: "rate-limit-redis", Kind: Limiter, Keys: []Key{{
			Match: "rl:<name>", Type: "string", Life: Expires, Confirm: counter, Confidence: 0.85,
		}}},
		redissonLimiter(),
		{Name: "laravel limiter", Library: "laravel", Kind: Limiter, Object: "<name>", Keys: []Key{
			{Match: "<name>:timer", Type: "string", Part: Companion, Role: "timer", Life: Expires, Beside: "<name>", Confirm: epoch, Confidence: 0.85},
			{Match: "<name>", Type: "string", Life: Expires, Beside: "<name>:timer", Confirm: counter, Confidence: 0.85},
		}},
	}
}

// redissonLimiter is Redisson's RRateLimiter: a hash of settings, beside it what is left and who took.
func redissonLimiter() Profile {
	const tag = "{<name>}"
	companion := func(form, typ string) Key {
		return Key{Match: form, Type: typ, Part: Companion, Role: "permits", Beside: "<name>", Confidence: 0.9}
	}
	return Profile{
		Name: "redisson limiter", Library: "redisson", Kind: Limiter, Object: "<name>",
		Keys: []Key{
			companion(tag+":permits", "zset"), companion(tag+":permits:<id>", "zset"),
			companion(tag+":value", "string"), companion(tag+":value:<id>", "string"),
			{Match: "<name>", Type: "hash", Confirm: redissonRate, Confidence: 0.95},
		},
	}
}

func redissonRate(e Evidence) (Finding, bool) {
	rate, _ := e.Field("rate")
	interval, _ := e.Field("interval")
	kind, _ := e.Field("type")
	n, err1 := strconv.ParseInt(rate, 10, 64)
	ms, err2 := strconv.ParseInt(interval, 10, 64)
	if err1 != nil || err2 != nil || (kind != "0" && kind != "1") {
		return Finding{}, false
	}
	return Finding{Columns: columns("rate", fmt.Sprintf("%d each %v", n, time.Duration(ms)*time.Millisecond))}, true
}

// gcra is redis_rate's "theoretical arrival time": seconds since 2017-01-01 as a decimal fraction.
// How far it lies ahead is what the caller owes.
func gcra(e Evidence) (Finding, bool) {
	tat, err := strconv.ParseFloat(e.Value, 64)
	if err != nil || e.Cut || math.IsNaN(tat) || math.IsInf(tat, 0) {
		return Finding{}, false
	}
	start := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
	debt := tat - e.Now.Sub(start).Seconds()
	// An entry expires when its debt is paid, so that the two agree.
	if left := float64(e.Left) / 1000; math.Abs(debt-left) > 5 {
		return Finding{}, false
	}
	return Finding{Columns: columns("debt", fmt.Sprintf("%.1f s", max(debt, 0)))}, true
}

// counter is a plain small number.
func counter(e Evidence) (Finding, bool) {
	n, ok := number(e.Value)
	if !ok || n >= 1e9 {
		return Finding{}, false
	}
	return Finding{Columns: columns("count", e.Value)}, true
}

// epoch is a time in seconds near now.
func epoch(e Evidence) (Finding, bool) {
	n, ok := number(e.Value)
	at := time.Unix(n, 0)
	if !ok || at.Sub(e.Now).Abs() > decade {
		return Finding{}, false
	}
	return Finding{Columns: columns("until", at.UTC().Format(time.RFC3339))}, true
}

// number is a whole number that is not negative, as INCR writes it or, in PHP's serialisation, "i:3;".
func number(s string) (int64, bool) {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "i:"), ";")
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0
}
