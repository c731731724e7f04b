package convention

import (
	"strconv"
)

// celeryTask reads messages of Celery's protocol 2: the task is described by headers, its arguments are
// the body [args, kwargs, embed] in whatever the content type says (docs.celeryq.dev, Message Protocol).
func celeryTask(l *letter) told {
	if l.get("task") == "" || l.get("id") == "" {
		return told{}
	}
	// Clients in other languages leave out most; what all have is that the id is the correlation id too.
	if brief := l.get("lang") != "" && l.get("correlation-id") == l.get("id"); !brief && l.has("lang", "argsrepr", "root_id", "origin") < 2 {
		return told{}
	}
	n := by("Celery")
	n.say("task ", l.get("task"))
	n.celeryTries(l, l.get("retries"), l.get("eta"), l.get("expires"))
	n.fact("args", l.get("argsrepr"))
	n.fact("kwargs", l.get("kwargsrepr"))
	n.fact("id", l.get("id"))
	n.fact("sent by", l.get("origin"))
	if root := l.get("root_id"); root != l.get("id") {
		n.fact("started by", root)
	}
	n.fact("group", present(l.get("group")))
	if limits, ok := l.table("timelimit").([]any); ok && (text(limits, "0") != "" || text(limits, "1") != "") {
		n.fact("time limit", "hard "+orNone(text(limits, "0"))+", soft "+orNone(text(limits, "1")))
	}
	n.celeryBody(l)
	return n
}

// celeryOld reads protocol 1, where all of it is a JSON object; clients in other languages write it too.
func celeryOld(l *letter) told {
	body := l.json()
	if text(body, "task") == "" || text(body, "id") == "" {
		return told{}
	}
	if _, list := at(body, "args").([]any); !list {
		return told{}
	}
	n := by("Celery")
	n.say("task ", text(body, "task"))
	n.celeryTries(l, text(body, "retries"), text(body, "eta"), text(body, "expires"))
	n.fact("id", text(body, "id"))
	n.fact("protocol", "1")
	return n
}

func (n *told) celeryTries(l *letter, retries, eta, expires string) {
	if r, err := strconv.ParseInt(retries, 10, 64); err == nil {
		n.say("attempt ", attempt(r+1, 0))
	}
	if t := parseTime(present(eta)); !t.IsZero() {
		n.say("eta ", l.when(t))
	}
	if t := parseTime(present(expires)); !t.IsZero() {
		word := "expires "
		if t.Before(l.now) {
			word = "expired "
		}
		n.say(word, l.when(t))
	}
}

// celeryBody says what the body is a part of: callbacks, a chain, a chord.
func (n *told) celeryBody(l *letter) {
	switch l.m.ContentType {
	case "application/json", "":
		embed := at(l.json(), "2")
		if chain, ok := at(embed, "chain").([]any); ok && len(chain) > 0 {
			n.fact("then", text(lastOf(chain), "task"))
		}
		n.fact("chord", text(embed, "chord", "task"))
	default:
		n.fact("body", l.m.ContentType)
	}
}

// present is a value that is not None or null.
func present(s string) string {
	if s == "null" || s == "None" {
		return ""
	}
	return s
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s + " s"
}
