package cli

import (
	"context"
	"strconv"
	"time"

	"bustop/backends"
)

// wholeString bounds how much of a string is put together from its pieces.
const wholeString = 1 << 20

// readKey reads up to n elements of a key; a string is one message.
func (a *app) readKey(ctx context.Context, o object, n int, confirm string) ([]backends.Message, error) {
	browser, ok := o.source.Roles().Keys.(backends.KeyBrowser)
	if !ok {
		return nil, usage("%s: this source cannot open keys; bustop get keys --match NAME shows it", o.target)
	}
	plan, err := browser.PlanOpen(ctx, o.target.Name)
	if err != nil {
		return nil, err
	}
	if _, err := a.consent(plan, o, confirm); err != nil {
		return nil, err
	}
	var out []backends.Message
	for cursor := ""; ; {
		content, err := browser.OpenKey(ctx, o.target.Name, cursor, n-len(out))
		if err != nil {
			return out, err
		}
		if cursor == "" {
			for _, note := range content.Notes {
				a.note("%s: %s", o.target, note)
			}
		}
		text := content.Key.Type == "string"
		for _, e := range content.Elements {
			if text && len(out) == 1 {
				out[0].Body = append(out[0].Body, e.Value...)
				continue
			}
			out = append(out, elementMessage(o, e))
		}
		cursor = content.Next
		enough := len(out) >= n
		if text {
			enough = len(out) == 0 || len(out[0].Body) >= wholeString
		}
		if cursor == "" || enough {
			return out[:min(len(out), n)], nil
		}
	}
}

// elementMessage is an element as messages are printed.
func elementMessage(o object, e backends.KeyElement) backends.Message {
	m := backends.Message{
		Target: o.target, Position: e.Position, Time: time.Now(), TimeReceived: true,
		Headers: e.Fields, Body: e.Value, Size: e.Size,
	}
	if e.Field != "" {
		m.Position = e.Field
	}
	if e.Scored {
		m.Headers = append(m.Headers, backends.Field{Name: "score", Value: []byte(strconv.FormatFloat(e.Score, 'g', -1, 64))})
	}
	return m
}
