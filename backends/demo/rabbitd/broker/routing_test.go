package broker

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bustop/backends/demo/rabbitd/wire"
)

// topicMatch says what AMQP says, word by word.
func topicMatch(pattern, key []string) bool {
	if len(pattern) == 0 {
		return len(key) == 0
	}
	if pattern[0] == "#" {
		return topicMatch(pattern[1:], key) || (len(key) > 0 && topicMatch(pattern, key[1:]))
	}
	return len(key) > 0 && (pattern[0] == "*" || pattern[0] == key[0]) && topicMatch(pattern[1:], key[1:])
}

func TestTopicsLikeTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &Broker{}
		root := &node{}
		word := rapid.SampledFrom([]string{"a", "b", "*", "#", ""})
		bound := map[string]*binding{}
		for _, list := range rapid.SliceOfN(rapid.SliceOfN(word, 0, 5), 1, 12).Draw(t, "patterns") {
			pattern := strings.Join(list, ".")
			if bound[pattern] == nil {
				bound[pattern] = &binding{key: bindingKey{key: pattern}}
				root.add(pattern, bound[pattern])
			}
		}
		for pattern := range bound {
			if rapid.Bool().Draw(t, "remove "+pattern) {
				root.remove(pattern, bound[pattern])
				delete(bound, pattern)
			}
		}
		key := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", ""}), 0, 6).Draw(t, "key"), ".")
		got := []string{}
		b.match(root, key, func(bd *binding) { got = append(got, bd.key.key) })
		want := []string{}
		for pattern := range bound {
			if topicMatch(slices.Collect(words(pattern)), slices.Collect(words(key))) {
				want = append(want, pattern)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("key %q: got %q, want %q", key, got, want)
		}
		if len(bound) == 0 && (root.children[""] != nil || len(root.children) > 0 || root.star != nil || root.hash != nil) {
			t.Fatal("branches are left")
		}
	})
}

func TestTopicOfManyHashesIsQuick(t *testing.T) {
	b := &Broker{}
	root := &node{}
	root.add(strings.TrimSuffix(strings.Repeat("#.a.", 63), "."), &binding{})
	begin := time.Now()
	n := 0
	b.match(root, strings.TrimSuffix(strings.Repeat("a.", 127), "."), func(*binding) { n++ })
	if n != 1 || time.Since(begin) > time.Second {
		t.Errorf("%d matches in %v", n, time.Since(begin))
	}
}

func TestHeaderRules(t *testing.T) {
	now := time.Unix(1_500_000_000, 0)
	for _, c := range []struct {
		name    string
		rule    wire.Table
		headers wire.Table
		want    bool
	}{
		{"nothing asked", nil, wire.Table{"a": "b"}, true},
		{"any of nothing", wire.Table{"x-match": "any"}, wire.Table{"a": "b"}, false},
		{"all", wire.Table{"a": "b", "c": int32(1)}, wire.Table{"a": "b", "c": int64(1), "d": nil}, true},
		{"one missing", wire.Table{"a": "b", "c": int32(1)}, wire.Table{"a": "b"}, false},
		{"any", wire.Table{"x-match": "any", "a": "b", "c": int32(1)}, wire.Table{"c": int8(1)}, true},
		{"no headers", wire.Table{"a": "b"}, nil, false},
		{"there is enough", wire.Table{"a": nil}, wire.Table{"a": "whatever"}, true},
		{"there is not", wire.Table{"a": nil}, wire.Table{"b": "whatever"}, false},
		{"x- does not count", wire.Table{"a": "b", "x-c": "d"}, wire.Table{"a": "b"}, true},
		{"x- counts", wire.Table{"x-match": "all-with-x", "a": "b", "x-c": "d"}, wire.Table{"a": "b"}, false},
		{"any with x-", wire.Table{"x-match": "any-with-x", "a": "b", "x-c": "d"}, wire.Table{"x-c": "d"}, true},
		{"number and text", wire.Table{"a": int32(1)}, wire.Table{"a": "1"}, false},
		{"whole and real", wire.Table{"a": int32(1)}, wire.Table{"a": 1.0}, true},
		{"real and whole", wire.Table{"a": 1.5}, wire.Table{"a": float32(1.5)}, true},
		{"text and bytes", wire.Table{"a": "b"}, wire.Table{"a": []byte("b")}, true},
		{"time", wire.Table{"a": now}, wire.Table{"a": now.Unix()}, true},
		{"truth", wire.Table{"a": true}, wire.Table{"a": false}, false},
		{"table", wire.Table{"a": wire.Table{"b": "c"}}, wire.Table{"a": wire.Table{"b": "c"}}, true},
		{"array", wire.Table{"a": []any{"b"}}, wire.Table{"a": []any{"c"}}, false},
	} {
		rule := newHeaderRule(c.rule)
		if got := rule.match(c.headers, false); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
		exactly := c.want && c.name != "whole and real"
		if got := rule.match(c.headers, true); got != exactly {
			t.Errorf("exactly, %s: %t", c.name, got)
		}
	}
}

// TestHeadersByVersion: what was seen on 4.0.5 is what a broker does that says so, and not one of before 3.13.
func TestHeadersByVersion(t *testing.T) {
	at := time.Unix(1_500_000_000, 0)
	values := []any{int32(1), 1.0, at, at.Unix(), 1000 * at.Unix(), wire.Table{"b": at}, []any{int32(1)}}
	for version, want := range map[string][]string{
		"3.12.14": {"0 1", "0 1", "2 3", "2 3", "4", "5", "6"},
		"3.13.0":  {"0", "1", "3", "3", "2 4", "5", "6"},
		"4.0.5":   {"0", "1", "3", "3", "2 4", "5", "6"},
	} {
		b := New(Options{Version: version})
		t.Cleanup(b.Close)
		c := dial(t, b)
		c.exchange("x", "headers", nil)
		for i, v := range values {
			c.ok(c.BindQueue(c.queue(strconv.Itoa(i), nil), "x", "", wire.Table{"v": v}))
		}
		for i, v := range values {
			c.to("x", "", strconv.Itoa(i), &wire.Properties{Headers: wire.Table{"v": v}})
		}
		for i := range values {
			same(t, version+" "+strconv.Itoa(i), c.rest(strconv.Itoa(i)), strings.Fields(want[i]))
		}
	}
}

func TestExchangesInCircles(t *testing.T) {
	c := dial(t, newBroker(t))
	c.exchange("a", "fanout", nil)
	c.exchange("b", "topic", nil)
	q := c.queue("q", nil)
	c.ok(c.BindExchange("b", "a", "", nil))
	c.ok(c.BindExchange("a", "b", "#", nil))
	c.ok(c.BindExchange("a", "a", "", nil))
	c.ok(c.BindQueue(q, "a", "", nil))
	c.ok(c.BindQueue(q, "b", "x.*", nil))
	c.to("b", "x.y", "once", nil)
	same(t, "queue", c.rest(q), []string{"once"})
}

func TestAlternateExchange(t *testing.T) {
	c := dial(t, newBroker(t))
	c.exchange("main", "direct", wire.Table{"alternate-exchange": "spare"})
	c.exchange("spare", "direct", wire.Table{"alternate-exchange": "last"})
	c.exchange("last", "fanout", nil)
	for queue, x := range map[string]string{"q1": "main", "q2": "spare", "q3": "last"} {
		c.queue(queue, nil)
		c.ok(c.BindQueue(queue, x, queue, nil))
	}
	for _, key := range []string{"q1", "q2", "q3", "none"} {
		c.to("main", key, key, nil)
	}
	same(t, "first", c.rest("q1"), []string{"q1"})
	same(t, "spare", c.rest("q2"), []string{"q2"})
	same(t, "last", c.rest("q3"), []string{"q3", "none"})
}

func TestCopiesByHeader(t *testing.T) {
	c := dial(t, newBroker(t))
	for _, q := range []string{"a", "b", "c"} {
		c.queue(q, nil)
	}
	headers := wire.Table{"CC": []any{"b", "a", int32(5)}, "BCC": []any{"c"}}
	c.to("", "a", "m", &wire.Properties{Headers: headers})
	for _, q := range []string{"a", "b", "c"} {
		g := c.fetch(q)
		if g == nil || g.RoutingKey != "a" {
			t.Fatalf("%s: %v", q, g)
		}
		if _, there := g.Properties.Headers["BCC"]; there {
			t.Errorf("%s knows of the blind copies", q)
		}
		if c.fetch(q) != nil {
			t.Errorf("%s has it twice", q)
		}
	}
	if len(headers) != 2 {
		t.Error("the publisher's table has changed")
	}
	c.refused(c.Publish(Publishing{RoutingKey: "a", Properties: &wire.Properties{Headers: wire.Table{"CC": "b"}}}),
		`406 PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",longstr}`)
}

func TestAutoDeleteExchange(t *testing.T) {
	b := newBroker(t)
	c := dial(t, b)
	c.ok(c.DeclareExchange(ExchangeDeclare{Name: "x", Type: "topic", AutoDelete: true}))
	c.ok(c.DeclareExchange(ExchangeDeclare{Name: "y", Type: "topic", AutoDelete: true}))
	c.queue("q", nil)
	c.ok(c.BindQueue("q", "x", "a", nil))
	c.ok(c.BindExchange("x", "y", "a", nil))
	c.ok(c.UnbindQueue("q", "x", "a", nil))
	for _, name := range []string{"x", "y"} {
		if _, there := b.Exchange("/", name); there {
			t.Errorf("%s is still there", name)
		}
	}
}
