package management

import (
	"encoding/json"
	"math"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
)

// policyKind is one of the two kinds of policies: of users and of operators.
type policyKind struct{ operator bool }

func policyJSON(p *broker.Policy) object {
	return object{
		"vhost": p.VHost, "name": p.Name, "pattern": p.Pattern, "apply-to": p.ApplyTo,
		"definition": definitionJSON(p.Definition), "priority": p.Priority,
	}
}

// list is GET /api/policies and /api/policies/:vhost.
func (k policyKind) list(c *call) any {
	sees := c.sees()
	items := []object{}
	for _, p := range c.api.broker.Policies(c.scope(), k.operator) {
		if sees(p.VHost) {
			items = append(items, policyJSON(&p))
		}
	}
	return c.list(items, "priority")
}

func (k policyKind) find(c *call) (broker.Policy, bool) {
	if !c.vhostExists() {
		return broker.Policy{}, false
	}
	for _, p := range c.api.broker.Policies(c.params["vhost"], k.operator) {
		if p.Name == c.params["name"] {
			return p, true
		}
	}
	return broker.Policy{}, false
}

func (k policyKind) exists(c *call) bool {
	_, ok := k.find(c)
	return ok
}

// get is GET /api/policies/:vhost/:name.
func (k policyKind) get(c *call) any {
	p, _ := k.find(c)
	return policyJSON(&p)
}

// put is PUT on the same path.
func (k policyKind) put(c *call) {
	c.needVHost()
	b := c.body("pattern", "definition")
	definition, ok := b["definition"].(map[string]any)
	if !ok {
		c.fail(crash())
	}
	p := broker.Policy{
		VHost: c.params["vhost"], Name: c.params["name"], Pattern: c.text(b["pattern"]), ApplyTo: "all",
		Definition: settings(definition), Operator: k.operator,
	}
	if value, there := b["apply-to"]; there {
		p.ApplyTo = c.text(value)
	}
	if value, there := b["priority"]; there {
		number, ok := value.(json.Number)
		n, err := number.Float64()
		if !ok || err != nil || math.Abs(n) > math.MaxInt32 {
			c.fail(k.invalid("priority should be a number, actually was " + term(value)))
		}
		p.Priority = int(n)
	}
	if err := c.api.broker.SetPolicy(p); err != nil {
		c.fail(k.invalid(err.Error()))
	}
}

// invalid is the fault for a policy that did not pass. RabbitMQ escapes the text for its web page,
// though not that of an operator's policy.
func (k policyKind) invalid(text string) fault {
	const lead = "Validation failed\n\n"
	text = lead + strings.TrimRight(strings.TrimPrefix(text, lead), "\n") + "\n"
	if !k.operator {
		text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	}
	return badRequest(text)
}

// term writes a value of a body as Erlang does.
func term(value any) string {
	switch v := value.(type) {
	case string:
		return `<<"` + v + `">>`
	case nil:
		return "null"
	}
	return string(encode(value))
}

// settings turns JSON's numbers into Go's.
func settings(definition map[string]any) map[string]any {
	out := make(map[string]any, len(definition))
	for name, value := range definition {
		out[name] = setting(value)
	}
	return out
}

func setting(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
		}
		f, _ := v.Float64()
		return f
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = setting(v[i])
		}
		return out
	case map[string]any:
		return settings(v)
	}
	return value
}

// remove is DELETE on the same path.
func (k policyKind) remove(c *call) {
	_ = c.api.broker.DeletePolicy(c.params["vhost"], c.params["name"], k.operator) // gone is gone
}
