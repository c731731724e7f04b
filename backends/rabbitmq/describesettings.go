package rabbitmq

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// settingsOf words what a queue is told by arguments and by its policies, arguments first. What a policy
// says of a key that an argument sets too is in effect only where the server takes the smaller number.
func settingsOf(q *management.FullQueue, policies, operators []management.Policy) []backends.QueueSetting {
	var out []backends.QueueSetting
	for _, name := range slices.Sorted(maps.Keys(q.Arguments)) {
		value := q.Arguments[name]
		key := strings.TrimPrefix(name, "x-")
		meaning := meaningOf(key, value)
		if smaller, ok := q.Limit(key); ok && capped(key) {
			if own, ok := q.Arguments.Integer(name); ok && smaller < own {
				meaning += "; a policy lowers it to " + amount(key, smaller)
			}
		}
		out = append(out, backends.QueueSetting{Name: name, Source: "argument", Meaning: meaning})
	}
	for _, key := range slices.Sorted(maps.Keys(q.Effective)) {
		value := q.Effective[key]
		setting := backends.QueueSetting{Name: key, Source: policySource(q, key, value, policies, operators), Meaning: meaningOf(key, value)}
		own, argued := q.Arguments["x-"+key]
		if limit, ok := q.Limit(key); argued {
			byPolicy, number := q.Effective.Integer(key)
			if !capped(key) || !ok || !number || byPolicy > limit {
				setting.Meaning += "; not in effect, the argument " + string(render(own)) + " wins"
			}
		}
		out = append(out, setting)
	}
	return out
}

// capped reports whether of an argument and a policy the smaller number counts.
func capped(key string) bool {
	return slices.Contains([]string{
		"max-length", "max-length-bytes", "max-in-memory-length", "max-in-memory-bytes", "message-ttl", "expires", "delivery-limit",
	}, key)
}

// policySource names the policy that a part of the effective definition comes from.
func policySource(q *management.FullQueue, key string, value any, policies, operators []management.Policy) string {
	same := func(all []management.Policy, name management.Word) bool {
		i := slices.IndexFunc(all, func(p management.Policy) bool { return name != "" && p.Name == string(name) })
		return i >= 0 && string(render(all[i].Definition[key])) == string(render(value))
	}
	switch {
	case same(operators, q.OperatorPolicy) && !same(policies, q.Policy), q.Policy == "" && q.OperatorPolicy != "":
		return "operator policy " + string(q.OperatorPolicy)
	case q.Policy != "":
		return "policy " + string(q.Policy)
	}
	return "policy"
}

// meaningOf is a setting as a sentence; key is without "x-". The settings are those of
// rabbitmq.com/docs/queues, /docs/quorum-queues, /docs/streams and /docs/parameters.
func meaningOf(key string, value any) string {
	if n, ok := (management.Table{"v": value}).Integer("v"); ok {
		if sentence := numberMeaning(key, n); sentence != "" {
			return sentence
		}
	}
	text := string(render(value))
	if sentence, ok := wordMeanings()[key+"="+text]; ok {
		return sentence
	}
	switch key {
	case "dead-letter-exchange":
		return "rejected, expired and dropped messages go to the exchange " + exchangeName(text)
	case "dead-letter-routing-key":
		return "dead letters get the routing key " + strconv.Quote(text)
	case "max-age":
		return "segments are dropped once all in them is older than " + text
	case "ha-params":
		return "mirrors: " + text
	}
	return text
}

func wordMeanings() map[string]string {
	return map[string]string{
		"overflow=drop-head":                "when it is full the oldest messages are dropped or dead-lettered",
		"overflow=reject-publish":           "when it is full new messages are refused, to publishers with confirms by a nack",
		"overflow=reject-publish-dlx":       "when it is full new messages are refused and dead-lettered",
		"dead-letter-strategy=at-most-once": "dead letters may be lost on their way",
		"dead-letter-strategy=at-least-once": "dead letters stay here until they have arrived; that needs overflow reject-publish, " +
			"and where their target refuses them they pile up here",
		"single-active-consumer=true":        "one consumer gets all messages, the others wait for their turn",
		"single-active-consumer=false":       "all consumers get messages",
		"queue-mode=lazy":                    "messages go to disk at once; classic queues do so by themselves from 3.12 on",
		"queue-mode=default":                 "messages are kept in memory while there is room",
		"queue-version=1":                    "classic index and store of the first kind",
		"queue-version=2":                    "classic index and store of the second kind, with less memory",
		"queue-type=classic":                 "a classic queue: on one node",
		"queue-type=quorum":                  "a quorum queue: replicated, on disk",
		"queue-type=stream":                  "a stream: a log that reading leaves as it is",
		"queue-leader-locator=client-local":  "its leader is made on the node of the client that declares it",
		"queue-leader-locator=balanced":      "its leader is made on the node with the fewest",
		"queue-leader-locator=random":        "its leader is made on any node",
		"queue-leader-locator=least-leaders": "its leader is made on the node with the fewest",
		"queue-master-locator=client-local":  "it is made on the node of the client that declares it",
		"queue-master-locator=min-masters":   "it is made on the node with the fewest queues",
		"queue-master-locator=random":        "it is made on any node",
		"ha-mode=all":                        "mirrored on all nodes",
		"ha-mode=exactly":                    "mirrored on a number of nodes",
		"ha-mode=nodes":                      "mirrored on named nodes",
		"ha-sync-mode=automatic":             "new mirrors are filled by themselves, during which the queue stands still",
		"ha-sync-mode=manual":                "new mirrors get new messages only",
		"ha-promote-on-shutdown=always":      "mirrors take over even with messages missing",
		"ha-promote-on-failure=when-synced":  "only complete mirrors take over",
		"delayed-retry-type=all":             "what comes back is delivered again after a delay",
		"delayed-retry-type=returned":        "what is put back is delivered again after a delay",
		"delayed-retry-type=failed":          "what failed is delivered again after a delay",
		"delayed-retry-type=disabled":        "what comes back is delivered again at once",
		"ha-promote-on-shutdown=when-synced": "only complete mirrors take over when the node shuts down",
		"ha-promote-on-failure=always":       "mirrors take over even with messages missing",
		"delivery-limit=unlimited":           "messages come back as often as they are returned",
		"max-in-memory-length=unlimited":     "all messages may be in memory",
	}
}

// numberMeaning is the sentence for a setting with a number, "" when it has none.
func numberMeaning(key string, n int64) string {
	sentence, ok := map[string]string{
		"max-length":                    "holds at most %s messages",
		"max-length-bytes":              "holds at most %s of message bodies",
		"max-in-memory-length":          "keeps at most %s messages in memory",
		"max-in-memory-bytes":           "keeps at most %s of messages in memory",
		"message-ttl":                   "messages expire after %s",
		"expires":                       "the queue is deleted once it was unused for %s",
		"delivery-limit":                "a message that comes back more than %s times is dropped or dead-lettered",
		"max-priority":                  "messages have priorities 0 to %s, higher ones first",
		"consumer-timeout":              "a consumer that does not acknowledge within %s loses its channel",
		"quorum-initial-group-size":     "made with %s replicas",
		"initial-cluster-size":          "made with %s replicas",
		"quorum-target-group-size":      "grows to %s replicas",
		"target-group-size":             "grows to %s replicas",
		"stream-max-segment-size-bytes": "written in segments of %s",
		"delayed-retry-min":             "what comes back waits at least %s",
		"delayed-retry-max":             "what comes back waits at most %s",
	}[key]
	switch {
	case !ok:
		return ""
	case key == "delivery-limit" && n < 0:
		return "messages come back as often as they are returned"
	}
	return fmt.Sprintf(sentence, amount(key, n))
}

// amount is a number in the unit of its setting.
func amount(key string, n int64) string {
	switch {
	case strings.HasSuffix(key, "bytes"):
		return bytesText(n)
	case slices.Contains([]string{"message-ttl", "expires", "consumer-timeout", "delayed-retry-min", "delayed-retry-max"}, key):
		return millisText(n)
	}
	return grouped(n)
}

// millisText is a length of time in milliseconds, exactly.
func millisText(n int64) string {
	if n < 0 || n > math.MaxInt64/int64(time.Millisecond) {
		return grouped(n) + " ms"
	}
	d := time.Duration(n) * time.Millisecond
	if days := d / (24 * time.Hour); days > 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d d", days)
	}
	text := d.String()
	for _, unit := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, unit) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// bytesText is a number of bytes in the largest unit that needs no fraction.
func bytesText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for n != 0 && n%1024 == 0 && i < len(units)-1 {
		n, i = n/1024, i+1
	}
	return grouped(n) + " " + units[i]
}

// grouped is a number with its digits in groups of three.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(text) - 3; i > start; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
