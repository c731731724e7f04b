package redis

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
)

const (
	// openElements is the most elements of one page of a key.
	openElements = 200
	// openPiece is how much of a string one page holds; elements are shown in full up to it, as
	// no command cuts them.
	openPiece = 64 << 10
	// hyperLogLog begins a HyperLogLog (redis.io/docs/latest/develop/data-types/probabilistic/hyperloglogs).
	hyperLogLog = "HYLL"
)

// PlanOpen implements backends.KeyBrowser.
func (k keys) PlanOpen(ctx context.Context, name string) (backends.Plan, error) {
	plan := backends.Plan{Target: backends.Target{Kind: backends.KindKey, Name: name}, Consent: backends.Free}
	typ, err := k.s.one(ctx, "TYPE", name)
	if err != nil {
		return backends.Plan{Target: plan.Target}, k.s.at.fault(name, err)
	}
	if typ == "none" {
		return backends.Plan{Target: plan.Target}, k.missing(name)
	}
	f, err := k.s.learn(ctx)
	if err == nil && f.evicts() {
		plan.Effects = append(plan.Effects, fmt.Sprintf("Reading counts as a use of the key: under %s the server keeps it longer.", f.policy))
	}
	return plan, err
}

func (k keys) missing(name string) error {
	return &backends.Error{Reason: backends.NotFound, Source: k.s.at.shown, Object: name, What: "no such key"}
}

// OpenKey implements backends.KeyBrowser. Cursors are offsets, indices, ids or those of HSCAN and
// SSCAN, by the type.
func (k keys) OpenKey(ctx context.Context, name, cursor string, n int) (backends.KeyContent, error) {
	var c backends.KeyContent
	rows, err := k.rows(ctx, []string{name})
	if err != nil {
		return c, err
	}
	if rows[0].state != shown {
		return c, k.missing(name)
	}
	c.Key = rows[0].item
	read := opener{keys: k, name: name, cursor: cursor, n: min(max(n, 1), openElements), content: &c}
	how := map[string]func(context.Context) error{
		"string": read.str, "list": read.list, "hash": read.hash, "set": read.set, "zset": read.zset, "stream": read.stream,
	}[c.Key.Type]
	if how == nil {
		c.Notes = append(c.Notes, "a value of the module type "+c.Key.Type+": only its module can read it")
		return c, nil
	}
	if err := how(ctx); err != nil {
		return c, k.s.at.fault(name, err)
	}
	return c, nil
}

// opener reads one page of one key.
type opener struct {
	keys
	name, cursor string
	n            int
	content      *backends.KeyContent
}

// offset is a cursor that counts.
func (o opener) offset() (int64, error) {
	if o.cursor == "" {
		return 0, nil
	}
	at, err := strconv.ParseInt(o.cursor, 10, 64)
	if err != nil || at < 0 {
		return 0, o.badCursor()
	}
	return at, nil
}

func (o opener) badCursor() error {
	return &backends.Error{Reason: backends.BadUsage, Source: o.s.at.shown, Object: o.name, What: "not a cursor of this key"}
}

// goOn sets the cursor of the next page of elements that have an index.
func (o opener) goOn(at int64, got int) {
	next := at + int64(got)
	if l := o.content.Key.Length; got > 0 && (got >= o.n || (l.Known() && next < l.Value)) && (!l.Known() || next < l.Value) {
		o.content.Next = strconv.FormatInt(next, 10)
	}
}

func (o opener) str(ctx context.Context) error {
	at, err := o.offset()
	if err != nil {
		return err
	}
	answers, err := o.s.many(ctx, []command{{"STRLEN", o.name}, {"GETRANGE", o.name, at, at + openPiece - 1}})
	if err == nil {
		err = firstOf(answers)
	}
	if err != nil {
		return err
	}
	size, _ := answers[0].value.(int64)
	text, _ := answers[1].value.(string)
	o.content.Key.Length = backends.ExactCount(size)
	piece := backends.KeyElement{Position: strconv.FormatInt(at, 10), Value: []byte(text), Size: len(text)}
	if at == 0 {
		piece.Size = int(size)
	}
	if at == 0 && strings.HasPrefix(text, hyperLogLog) {
		o.content.Notes = append(o.content.Notes, "a HyperLogLog; its estimate is not asked for, as PFCOUNT may write to the key")
	}
	o.content.Elements = []backends.KeyElement{piece}
	if next := at + int64(len(text)); len(text) > 0 && next < size {
		o.content.Next = strconv.FormatInt(next, 10)
	}
	return nil
}

func firstOf(answers []answer) error {
	for _, a := range answers {
		if a.err != nil {
			return a.err
		}
	}
	return nil
}

func (o opener) list(ctx context.Context) error {
	at, err := o.offset()
	if err != nil {
		return err
	}
	got, total, err := inSteps(o.n, func(first, n int) ([]string, error) {
		v, err := o.s.one(ctx, "LRANGE", o.name, at+int64(first), at+int64(first+n)-1)
		return texts(v), err
	})
	if err != nil {
		return err
	}
	for i, text := range got {
		o.content.Elements = append(o.content.Elements, element1(strconv.FormatInt(at+int64(i), 10), text))
	}
	if o.goOn(at, len(got)); o.content.Next != "" {
		o.cutNote(total)
	}
	return nil
}

// inSteps reads elements a few at a time, until there are enough of them or of their bytes.
func inSteps(want int, read func(first, n int) ([]string, error)) (out []string, total int, err error) {
	for step := 4; len(out) < want && total < peekBytes; step *= 4 {
		n := min(step, want-len(out))
		part, err := read(len(out), n)
		if err != nil {
			return nil, total, err
		}
		for _, text := range part {
			out, total = append(out, text), total+len(text)
		}
		if len(part) < n {
			break
		}
	}
	return out, total, nil
}

// cutNote says that a page ended early.
func (o opener) cutNote(total int) {
	if total >= peekBytes {
		o.content.Notes = append(o.content.Notes, fmt.Sprintf("the elements are large: this page ends after %d", len(o.content.Elements)))
	}
}

func element1(position, text string) backends.KeyElement {
	return backends.KeyElement{Position: position, Value: []byte(text), Size: len(text)}
}

// scan is one step of HSCAN or SSCAN.
func (o opener) scan(ctx context.Context, how string) ([]string, error) {
	from := o.cursor
	if from == "" {
		from = "0"
	}
	if _, err := strconv.ParseUint(from, 10, 64); err != nil {
		return nil, o.badCursor()
	}
	v, err := o.s.one(ctx, how, o.name, from, "COUNT", o.n)
	if err != nil {
		return nil, err
	}
	parts, _ := v.([]any)
	if len(parts) != 2 {
		return nil, nil
	}
	if next, _ := parts[0].(string); next != "0" {
		o.content.Next = next
	}
	return texts(parts[1]), nil
}

func (o opener) hash(ctx context.Context) error {
	flat, err := o.scan(ctx, "HSCAN")
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(flat); i += 2 {
		e := element1("", flat[i+1])
		e.Field = flat[i]
		o.content.Elements = append(o.content.Elements, e)
	}
	return o.fieldLives(ctx)
}

// fieldLives fills in how long a hash's fields live, where the server knows such a thing
// (redis.io/docs/latest/commands/hpttl).
func (o opener) fieldLives(ctx context.Context) error {
	elements := o.content.Elements
	f, err := o.s.learn(ctx)
	if err != nil || len(elements) == 0 || o.s.noFieldLives.Load() == f.gen+1 {
		return err
	}
	cmd := command{"HPTTL", o.name, "FIELDS", len(elements)}
	for _, e := range elements {
		cmd = append(cmd, e.Field)
	}
	answers, err := o.s.many(ctx, []command{cmd})
	if err != nil {
		return err
	}
	lives, ok := answers[0].value.([]any)
	if answers[0].err != nil || !ok {
		o.s.noFieldLives.Store(f.gen + 1)
		return nil
	}
	for i := range min(len(lives), len(elements)) {
		left, _ := lives[i].(int64)
		if elements[i].NoExpiry = left == -1; left >= 0 {
			elements[i].TTL = backends.ExactSpan(time.Duration(left) * time.Millisecond)
		}
	}
	return nil
}

func (o opener) set(ctx context.Context) error {
	members, err := o.scan(ctx, "SSCAN")
	for _, m := range members {
		o.content.Elements = append(o.content.Elements, element1("", m))
	}
	return err
}

func (o opener) zset(ctx context.Context) error {
	at, err := o.offset()
	if err != nil {
		return err
	}
	v, err := o.s.one(ctx, "ZREVRANGE", o.name, at, at+int64(o.n)-1, "WITHSCORES")
	if err != nil {
		return err
	}
	for _, p := range places(at+1, texts(v)) {
		e := element1(strconv.FormatInt(p.Rank, 10), p.Member)
		e.Score, e.Scored = p.Score, !math.IsNaN(p.Score)
		o.content.Elements = append(o.content.Elements, e)
	}
	o.goOn(at, len(o.content.Elements))
	return nil
}

// stream shows the newest entries first; the cursor is the id behind which it goes on.
func (o opener) stream(ctx context.Context) error {
	from := "+"
	if o.cursor != "" {
		if strings.ContainsAny(o.cursor, "( \r\n") {
			return o.badCursor()
		}
		from = "(" + o.cursor
	}
	v, err := o.s.one(ctx, "XREVRANGE", o.name, from, "-", "COUNT", o.n)
	if err != nil {
		return err
	}
	entries, _ := v.([]any)
	for _, raw := range entries {
		entry, _ := raw.([]any)
		if len(entry) != 2 {
			continue
		}
		id, _ := entry[0].(string)
		e := backends.KeyElement{Position: id, Fields: pairs(entry)}
		for _, f := range e.Fields {
			e.Size += len(f.Name) + len(f.Value)
		}
		o.content.Elements = append(o.content.Elements, e)
	}
	if len(entries) == o.n && len(o.content.Elements) > 0 {
		o.content.Next = o.content.Elements[len(o.content.Elements)-1].Position
	}
	return nil
}
