package profile

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
)

// sidekiqUnique is sidekiq-unique-jobs (github.com/mhenrixon/sidekiq-unique-jobs). Up to 8 a digest has five
// keys; from 9 on only the hash of who holds it. Before the hash there was, and where only that key is left,
// the digest's own string names the job.
func sidekiqUnique() []Profile {
	const digest, locked = "uniquejobs:<digest:w>", "uniquejobs:<digest:w>:LOCKED"
	const object = "uniquejobs:<digest>:LOCKED"
	part := func(suffix, typ, role string) Key {
		return Key{Match: digest + suffix, Type: typ, Part: Companion, Role: role, Confidence: 0.95}
	}
	plain := part("", "string", "digest")
	plain.Beside, plain.BesideType = object, "hash"
	row := Key{Match: locked, Type: "hash", Confirm: sidekiqHash(false), Confidence: 0.95}
	nine := Key{Match: "<digest>:LOCKED", Type: "hash", Confirm: sidekiqHash(true), Confidence: 0.9}
	return []Profile{
		{
			Name: "sidekiq-unique-jobs", Library: "sidekiq-unique-jobs", Kind: Lock, Object: object,
			Keys: []Key{
				row, plain, part(":QUEUED", "list", RoleWaiters), part(":PRIMED", "list", "primed"), part(":INFO", "string", "info"),
				{Match: "uniquejobs:digests", Type: "zset", Part: Companion, Role: "index", Confidence: 0.95},
				{Match: "uniquejobs:expiring_digests", Type: "zset", Part: Companion, Role: "index", Confidence: 0.95},
			},
		},
		{Name: "sidekiq-unique-jobs 9", Library: "sidekiq-unique-jobs", Kind: Lock, Keys: []Key{nine}},
		{Name: "sidekiq-unique-jobs 6", Library: "sidekiq-unique-jobs", Kind: Lock, Keys: []Key{
			lockKey(digest, AnyLife, 0.85, token(formJID)),
		}},
	}
}

// sidekiqHash judges the hash of who holds a digest: job ids, each with the time it took the lock or, from 9
// on, with a JSON object.
func sidekiqHash(isJSON bool) func(Evidence) (Finding, bool) {
	return func(e Evidence) (Finding, bool) {
		var lock backends.Lock
		var jobs []string
		for _, f := range e.Fields {
			value := string(f.Value)
			if !formJID.MatchString(f.Name) || isJSON != strings.HasPrefix(value, "{") {
				return Finding{}, false
			}
			jobs = append(jobs, f.Name)
			lock.Holders = append(lock.Holders, backends.LockHolder{Token: f.Name})
			if at := sidekiqTime(value); lock.Since.IsZero() || at.Before(lock.Since) {
				lock.Since = at
			}
		}
		lock.Holder = strings.Join(jobs, ", ")
		return Finding{Lock: lock}, len(jobs) > 0
	}
}

// sidekiqTime is a time in seconds, alone or as the member "at", "timestamp" or "created_at" of an object.
func sidekiqTime(value string) time.Time {
	if strings.HasPrefix(value, "{") {
		var members map[string]json.RawMessage
		if json.Unmarshal([]byte(value), &members) != nil {
			return time.Time{}
		}
		value = ""
		for _, name := range []string{"at", "timestamp", "created_at"} {
			if raw, ok := members[name]; ok {
				value = strings.Trim(string(raw), `"`)
				break
			}
		}
	}
	s, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(s) || s < 1e9 || s > 1e10 {
		return time.Time{}
	}
	return time.UnixMilli(int64(s * 1000)).UTC()
}
