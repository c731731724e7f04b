package redis

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
)

// The forms of the values that lock libraries write.
var (
	formUUID     = regexp.MustCompile(`^(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	formUUID1Hex = regexp.MustCompile(`^[0-9a-f]{12}1[0-9a-f]{3}[89ab][0-9a-f]{15}$`) // RFC 9562 §5.1 without dashes
	formHex32    = regexp.MustCompile(`^[0-9a-f]{32}$`)
	formBase64of = regexp.MustCompile(`^[A-Za-z0-9+/]{22}==$`) // 16 bytes
	formBase6418 = regexp.MustCompile(`^[A-Za-z0-9+/]{24}$`)   // 18 bytes
	formRawURL   = regexp.MustCompile(`^[A-Za-z0-9_-]{22}`)    // 16 bytes, then anything
	formAlnum16  = regexp.MustCompile(`^[A-Za-z0-9]{16}$`)
	formShed     = regexp.MustCompile(`^ADDED:\d{4}-\d\d-\d\dT[0-9:.]+Z?@.+`)
	formNumber   = regexp.MustCompile(`^-?\d+$`)
	formWord     = regexp.MustCompile(`^[\x21-\x7e]{1,128}$`)
	formAny      = regexp.MustCompile(`(?s)^.`)
	// formRedisson is a field of a Redisson lock: client id, thread id, and what is added for
	// the write side of a read/write lock.
	formRedisson = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d+(:write)?$`)
)

// The forms of the names under which locks are kept.
var (
	// nameSays: a word of the name means a lock; "block", "clock" and "unlocked" do not.
	nameSays = regexp.MustCompile(`(?i:(^|[^a-z])(lock|locks|mutex|lease|leader|redlock|semaphore)([^a-z]|$))|[a-z](Lock|Mutex|Lease|Leader)([^a-z]|$)`)
	nameAny  = regexp.MustCompile(``)
)

// lockRule is how one library's locks look in the keyspace: name, value and whether they
// expire. The first rule that fits decides.
type lockRule struct {
	library    string
	name       *regexp.Regexp
	value      *regexp.Regexp
	life       lockLife
	confidence float64
}

// lockTable is an ordered list of rules.
type lockTable []lockRule

// lockLife is what a rule asks of a key's time to live.
type lockLife uint8

const (
	anyLife lockLife = iota
	expires
	expiresSoon // within probation
)

// lockRules is ordered from the certain to the merely probable. The names of keys are the
// user's own with most libraries, so what has no tell-tale value is only probable, and needs a
// name that says lock or a short life.
func lockRules() lockTable {
	redlockNet := regexp.MustCompile(`^redlock:`)
	bull := regexp.MustCompile(`^bull:[^:]+:.+:lock$`)
	asynq := regexp.MustCompile(`^asynq:\{[^}]+\}:unique:`)
	pythonLock := regexp.MustCompile(`^lock:`)
	laravel := regexp.MustCompile(`laravel|[-_:]cache[-_:]`)
	return lockTable{
		{"shedlock", nameAny, formShed, anyLife, 0.98},
		{"redlock.net", redlockNet, formUUID, expires, 0.95},
		{"bullmq", bull, formAny, expires, 0.95},
		{"asynq", asynq, formAny, expires, 0.9},
		{"python-redis-lock", pythonLock, formBase6418, anyLife, 0.9},
		{"redis-py", nameSays, formUUID1Hex, anyLife, 0.9},
		{"redis-py", nameAny, formUUID1Hex, expiresSoon, 0.8},
		{"redsync", nameSays, formBase64of, expires, 0.85},
		{"redsync", nameAny, formBase64of, expiresSoon, 0.6},
		{"node-redlock", nameSays, formHex32, expires, 0.75},
		{"", nameAny, formHex32, expiresSoon, 0.5},
		{"bsm/redislock", nameSays, formRawURL, expires, 0.7},
		{"laravel", laravel, formAlnum16, expires, 0.7},
		{"", nameSays, formUUID, anyLife, 0.75},
		{"", nameAny, formUUID, expiresSoon, 0.6},
		{"", nameSays, formNumber, expiresSoon, 0.4},
		{"", nameSays, formWord, expires, 0.5},
		{"", nameSays, formWord, anyLife, 0.4},
	}
}

// namedLikeLock reports whether a name alone is reason enough to look at the value.
//
// It is asked for every string and hash, so the expression comes last.
func namedLikeLock(name string) bool {
	if strings.HasPrefix(name, "asynq:{") || strings.Contains(name, "laravel") {
		return true
	}
	for _, ending := range []string{"ock", "OCK", "utex", "UTEX", "eas", "EAS", "eade", "EADE", "aphor", "APHOR"} {
		if strings.Contains(name, ending) {
			return nameSays.MatchString(name)
		}
	}
	return false
}

// probe is what was read of a key that may be a lock.
type probe struct {
	name, typ string
	left      int64 // PTTL's answer: milliseconds, -1 without expiry, -2 gone
	value     string
	cut       bool // the value is longer than what was read
	fields    []string
	values    []string // of the fields
	err       error
}

// recognise decides whether a key is a lock, by the table, and whose.
func (t lockTable) recognise(p probe) (backends.Lock, bool) {
	lock := backends.Lock{Name: p.name, NoExpiry: p.left == -1}
	if p.left == -2 || p.err != nil || p.cut {
		return lock, false
	}
	if p.left >= 0 {
		lock.TTL = backends.ExactSpan(time.Duration(p.left) * time.Millisecond)
	}
	if p.typ == "hash" {
		return redisson(lock, p)
	}
	for _, rule := range t {
		if !rule.life.holds(p.left) || !rule.name.MatchString(p.name) || !rule.value.MatchString(p.value) {
			continue
		}
		if rule.value == formWord && (strings.ContainsAny(p.value[:1], "{[<\"") || formNumber.MatchString(p.value)) {
			continue // JSON, markup or a counter
		}
		lock.Holder, lock.Library, lock.Confidence = p.value, rule.library, rule.confidence
		return lock, true
	}
	return lock, false
}

func (l lockLife) holds(left int64) bool {
	switch l {
	case expires:
		return left > 0
	case expiresSoon:
		return left > 0 && time.Duration(left)*time.Millisecond <= probation
	case anyLife:
	}
	return true
}

// redisson recognises Redisson's RLock and RReadWriteLock: a hash with a field for each holder,
// whose value counts how often it has entered. Such a lock always expires; a watchdog renews it.
func redisson(lock backends.Lock, p probe) (backends.Lock, bool) {
	if p.left < 0 || len(p.fields) == 0 {
		return lock, false
	}
	var holders []string
	for i, field := range p.fields {
		if field == "mode" {
			lock.Mode = p.values[i]
			continue
		}
		n, err := strconv.ParseInt(p.values[i], 10, 64)
		if err != nil || !formRedisson.MatchString(field) {
			return lock, false
		}
		holders = append(holders, field)
		lock.Reentrancy = backends.ExactCount(lock.Reentrancy.Value + n)
	}
	if len(holders) == 0 || (lock.Mode != "" && lock.Mode != "read" && lock.Mode != "write") {
		return lock, false
	}
	if lock.Mode == "read" && len(holders) > 1 {
		lock.Reentrancy = backends.Count{} // several holders: the sum is nobody's
	}
	lock.Holder, lock.Library, lock.Confidence = strings.Join(holders, ", "), "redisson", 0.98
	return lock, true
}
