package app

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bustop/backends/spans"
)

// spansOf returns every span that a session has ended.
func spansOf(t *testing.T, store *spans.Store) []spans.Span {
	t.Helper()
	all, _ := store.Search(spans.Query{})
	if stats := store.Stats(); stats.Dropped > 0 || len(all) == 0 {
		t.Fatalf("not all spans are there: %+v", stats)
	}
	return all
}

// shape is one row of the span schema: the spans whose name fits have the kind and the attributes. A root
// has a trigger besides.
type shape struct {
	name, kind string
	attributes []string // "name", or "name=value"
	// broker says that a root of the kind tells its connection.
	broker bool
	// rare says that not every session has such spans: where nothing arrives there are none of that.
	rare bool
}

// all is a schema of which every row has to be there.
func all(schema []shape) []shape {
	for i := range schema {
		schema[i].rare = false
	}
	return schema
}

// ended waits for a span.
func (c *console) ended(name string) {
	c.t.Helper()
	c.eventually("a span "+name+" has ended", func() bool {
		c.beat()
		return slices.ContainsFunc(spansOf(c.t, c.deps.Spans), func(s spans.Span) bool { return s.Name == name })
	})
}

func commonSchema() []shape {
	return []shape{
		{name: `^refresh [a-z ]+$`, kind: "internal", broker: true, attributes: []string{"bustop.trigger=poll", "bustop.refresh.commands"}},
		{name: `^[a-z0-9_→.+-]+\.decode$`, kind: "internal", attributes: []string{"bustop.trigger=user", "codec.format", "codec.operation=decode", "codec.input_size_bytes", "codec.output_size_bytes"}},
	}
}

func redisSchema() []shape {
	common := []string{"db.system.name=redis", "db.namespace=0", "server.address", "server.port"}
	return []shape{
		{name: `^connect redis$`, kind: "client", attributes: common},
		{name: `^PIPELINE( [A-Z]+)?$`, kind: "client", attributes: append([]string{"db.operation.name", "db.operation.batch.size"}, common...)},
		{name: `^(TYPE|HSCAN|XINFO|ZRANGE|GETRANGE|XRANGE|XREVRANGE)$`, kind: "client", attributes: append([]string{"db.operation.name", "bustop.redis.key"}, common...)},
		{name: `^[A-Z]+$`, kind: "client", attributes: append([]string{"db.operation.name"}, common...)},
		{name: `^process `, kind: "consumer", rare: true, broker: true, attributes: arrived("process")},
		{name: `^xread `, kind: "consumer", rare: true, broker: true, attributes: arrived("xread")},
	}
}

// arrived are the attributes of a span over what a tail of Redis got in a stretch of time.
func arrived(operation string) []string {
	return []string{
		"bustop.batch.bytes", "bustop.batch.traceparents",
		"bustop.trigger=ingest", "messaging.system=redis", "messaging.operation.name=" + operation, "messaging.operation.type=process",
		"messaging.destination.name", "messaging.batch.message_count", "server.address",
	}
}

func rabbitSchema() []shape {
	common := []string{"messaging.system=rabbitmq", "server.address", "server.port"}
	return []shape{
		{name: `^connect rabbitmq$`, kind: "client", attributes: append([]string{"bustop.attempt"}, common...)},
		{name: `^(GET|POST) /api/[a-z-]+`, kind: "client", attributes: []string{"http.request.method", "url.template"}},
		{name: `^get [a-z]+$`, kind: "client", attributes: append([]string{
			"messaging.operation.name=get", "messaging.operation.type=receive", "messaging.destination.name",
			"bustop.batch.bytes", "bustop.batch.traceparents",
		}, common...)},
		{name: `^ack `, kind: "client", attributes: settled("ack", common)},
		// A look puts back by a nack from RabbitMQ 4.3 on, by the end of its channel before.
		{name: `^nack `, kind: "client", rare: true, attributes: settled("nack", common)},
		{name: `^consume `, kind: "consumer", broker: true, attributes: append([]string{
			"bustop.trigger=ingest", "messaging.operation.name=consume", "messaging.operation.type=process",
			"messaging.destination.name", "messaging.batch.message_count", "bustop.batch.bytes", "bustop.batch.traceparents",
		}, common...)},
	}
}

// settled are the attributes of a span that acknowledges messages, or puts them back.
func settled(operation string, common []string) []string {
	return append([]string{
		"messaging.operation.name=" + operation, "messaging.operation.type=settle", "messaging.destination.name",
		"messaging.rabbitmq.message.delivery_tag",
	}, common...)
}

// inSchema holds every span against the schema; what fits no row is a person's action or unattended work.
func inSchema(t *testing.T, all []spans.Span, schema []shape) {
	t.Helper()
	seen := make([]int, len(schema))
	names := make([]*regexp.Regexp, len(schema))
	for i := range schema {
		names[i] = regexp.MustCompile(schema[i].name)
	}
	for i := range all {
		s := &all[i]
		trigger, root := s.Attribute("bustop.trigger")
		if root != (s.Parent == "") || root && !slices.Contains([]string{"user", "poll", "ingest", "startup"}, trigger) {
			t.Errorf("%s: parent %q, trigger %q", s.Name, s.Parent, trigger)
		}
		row := slices.IndexFunc(names, func(r *regexp.Regexp) bool { return r.MatchString(s.Name) })
		if row < 0 {
			if !root || s.Kind != "internal" {
				t.Errorf("%q (%s) is not in the schema: %v", s.Name, s.Kind, s.Attributes)
			}
			continue
		}
		seen[row]++
		if s.Kind != schema[row].kind {
			t.Errorf("%s is a %s span, want %s", s.Name, s.Kind, schema[row].kind)
		}
		for _, want := range schema[row].attributes {
			name, value, exact := strings.Cut(want, "=")
			if name == "bustop.trigger" && !root {
				continue // it is in somebody's trace, which says it
			}
			if !slices.ContainsFunc(s.Attributes, func(a spans.Attr) bool { return a.Key == name && (!exact || a.Value == value) }) {
				t.Errorf("%s has no %s: %v", s.Name, want, s.Attributes)
			}
		}
		if _, told := s.Attribute("bustop.connection"); root && schema[row].broker && !told {
			if asked, _ := s.Attribute("bustop.refresh.commands"); asked != "0" {
				t.Errorf("%s does not say of which connection: %v", s.Name, s.Attributes)
			}
		}
		if _, typed := s.Attribute("error.type"); s.Status == "Error" && s.Kind == "client" && !typed {
			t.Errorf("%s failed for no reason: %v", s.Name, s.Attributes)
		}
	}
	for i, n := range seen {
		if n == 0 && !schema[i].rare {
			t.Errorf("no span is named %s", schema[i].name)
		}
	}
}

// opened holds that what a person's action opens is made in its trace, of each of these names at least one span.
func opened(t *testing.T, recorded []spans.Span, action string, names ...string) {
	t.Helper()
	for _, name := range names {
		if !slices.ContainsFunc(recorded, func(s spans.Span) bool {
			return strings.HasPrefix(s.Name, name) && s.Parent != "" && slices.ContainsFunc(recorded, func(r spans.Span) bool {
				trigger, _ := r.Attribute("bustop.trigger")
				return r.TraceID == s.TraceID && r.Parent == "" && r.Name == action && trigger == spans.TriggerUser
			})
		}) {
			t.Errorf("no trace of %q has a span %s", action, name)
		}
	}
}

// refreshed holds that what is kept fresh is one trace at each turn, with what was asked for it.
func refreshed(t *testing.T, recorded []spans.Span, what ...string) {
	t.Helper()
	for _, name := range what {
		if !slices.ContainsFunc(recorded, func(s spans.Span) bool {
			asked, _ := s.Attribute("bustop.refresh.commands")
			return s.Name == "refresh "+name && s.Parent == "" && asked != "" && asked != "0"
		}) {
			t.Errorf("no trace is named refresh %s and asks for anything", name)
		}
	}
}

// linked holds that spans of these names lead to the messages' producer and say how many did.
func linked(t *testing.T, recorded []spans.Span, names ...string) {
	t.Helper()
	for _, name := range names {
		if !slices.ContainsFunc(recorded, func(s spans.Span) bool {
			n, _ := s.Attribute("bustop.batch.traceparents")
			return s.Name == name && len(s.Links) > 0 && s.Links[0].SpanID == "00f067aa0ba902b7" && n != "0"
		}) {
			t.Errorf("no span %s is linked", name)
		}
	}
}

// tellNothing looks for secrets in everything that spans say.
func tellNothing(t *testing.T, all []spans.Span, secrets []string) {
	t.Helper()
	said := map[string]string{} // text to the span's name
	note := func(name string, attrs []spans.Attr) {
		for _, a := range attrs {
			said[a.Key], said[a.Value] = name, name
		}
	}
	for i := range all {
		s := &all[i]
		said[s.Name], said[s.StatusText], said[s.Scope] = s.Name, s.Name, s.Name
		note(s.Name, s.Attributes)
		note(s.Name, s.Resource)
		for _, e := range s.Events {
			said[e.Name] = s.Name
			note(s.Name, e.Attributes)
		}
		for _, l := range s.Links {
			note(s.Name, l.Attributes)
		}
	}
	t.Logf("%d spans say %d texts; none may hold one of %d secrets", len(all), len(said), len(secrets))
	for _, secret := range secrets {
		for text, name := range said {
			if strings.Contains(text, secret) {
				t.Errorf("the span %q tells %q in %q", name, secret, text)
			}
		}
	}
}

// secrets are the texts that the server keeps below its keys, but for numbers, texts of less than five
// bytes and those that stand in names of keys.
func (s sessionServer) secrets() []string {
	s.t.Helper()
	ctx := s.t.Context()
	var keys, found []string
	for scan := s.client.Scan(ctx, 0, "", 1000).Iterator(); scan.Next(ctx); {
		keys = append(keys, scan.Val())
	}
	for _, key := range keys {
		switch s.client.Type(ctx, key).Val() {
		case "string":
			found = append(found, s.client.Get(ctx, key).Val())
		case "hash":
			found = append(found, s.client.HVals(ctx, key).Val()...)
		case "list":
			found = append(found, s.client.LRange(ctx, key, 0, -1).Val()...)
		case "set":
			found = append(found, s.client.SMembers(ctx, key).Val()...)
		case "zset":
			found = append(found, s.client.ZRange(ctx, key, 0, -1).Val()...)
		case "stream":
			for _, m := range s.client.XRange(ctx, key, "-", "+").Val() {
				for _, v := range m.Values {
					found = append(found, v.(string))
				}
			}
		}
	}
	names := strings.Join(keys, " ")
	found = slices.DeleteFunc(found, func(secret string) bool {
		_, err := strconv.ParseFloat(secret, 64)
		return err == nil || len(secret) < 5 || strings.Contains(names, secret)
	})
	if len(found) < 500 {
		s.t.Fatalf("only %d secrets", len(found))
	}
	return found
}
