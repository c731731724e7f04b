package queues

import (
	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// commandKey copies the command that looks in another way, where a plan has one.
func commandKey(d *views.Deps, plan *backends.Plan) []ui.Binding {
	if plan == nil || plan.Command == "" {
		return nil
	}
	return []ui.Binding{{
		Keys: []string{"Y"}, Help: "copy the command that looks on the server, without side effects", Hint: "copy command", Category: "Queue",
		Do: views.Do(func() { d.Nav.Copy(plan.Command) }),
	}}
}

// offers are the keys that an invitation names: to look, where that is not refused, and to copy.
func offers(t *ui.Theme, plan backends.Plan) []string {
	var lines []string
	if plan.Consent == backends.Refused {
		lines = append(lines, "  "+t.Warn.Paint("bustop does not look into this queue."))
	} else {
		lines = append(lines, "  "+t.Key.Paint("p")+" takes a look")
	}
	if plan.Command != "" {
		lines = append(lines, "  "+t.Key.Paint("Y")+" copies "+ui.Clean(plan.Command))
	}
	return lines
}
