package profile

import (
	"encoding/json"
	"slices"
	"strings"
)

// jobSystems are the libraries that keep queues of jobs in several keys. Where one set serves all
// queues of a library (Sidekiq's retries, Resque's failures, Celery's unacknowledged messages) it is
// a row of its own: as a state of each queue its jobs would be counted once for each of them.
func jobSystems() []Profile {
	return slices.Concat(nodeJobs(), rubyJobs(), pythonJobs(), asynqJobs(), laravelJobs(), []Profile{celery()})
}

// system makes the keys of one library: all of them are as sure, and proved by the same key beside.
type system struct {
	beside, besideType string
	confidence         float64
}

func (s system) state(form, typ, role string, counts Counts) Key {
	return Key{Match: form, Type: typ, Part: State, Role: role, Counts: counts, Beside: s.beside, BesideType: s.besideType, Confidence: s.confidence}
}

// ended is a state of jobs that nobody will take again.
func (s system) ended(form, typ, role string) Key {
	k := s.state(form, typ, role, Apart)
	k.Newest = true
	return k
}

func (s system) companion(form, typ string) Key {
	return Key{Match: form, Type: typ, Part: Companion, Beside: s.beside, BesideType: s.besideType, Confidence: s.confidence}
}

func (s system) item(form, typ, role, payload, decode string, confirm func(Evidence) (Finding, bool)) Key {
	return Key{
		Match: form, Type: typ, Part: Item, Role: role, Beside: s.beside, BesideType: s.besideType, Confirm: confirm, Confidence: s.confidence,
		Payload: payload, Decode: decode,
	}
}

// sure returns a key with a reason of its own.
func sure(k Key, confirm func(Evidence) (Finding, bool)) Key {
	k.Confirm = confirm
	return k
}

// elements asks that all elements that were read pass a test, and that there are some.
func elements(test func(value string) bool) func(Evidence) (Finding, bool) {
	return func(e Evidence) (Finding, bool) {
		for _, m := range e.Members {
			if !test(m.Value) {
				return Finding{}, false
			}
		}
		return Finding{}, len(e.Members) > 0
	}
}

// object asks for a JSON object with all of the members.
func object(names ...string) func(string) bool {
	return func(text string) bool {
		if !strings.HasPrefix(text, "{") {
			return false
		}
		have := jsonMembers(text)
		return !slices.ContainsFunc(names, func(n string) bool { return !have[n] })
	}
}

// digits asks for a counter.
func digits(e Evidence) (Finding, bool) {
	return Finding{}, e.Value != "" && !e.Cut && strings.Trim(e.Value, "0123456789") == ""
}

// strings of JSON arrays, nil when the text is none.
func jsonArray(text string) (out []json.RawMessage) {
	if json.Unmarshal([]byte(text), &out) != nil {
		return nil
	}
	return out
}
