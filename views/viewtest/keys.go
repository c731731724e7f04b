package viewtest

import (
	"context"
	"strings"
	"time"

	"bustop/backends"
)

// ListKeys implements backends.Keys.
func (s *Source) ListKeys(context.Context, backends.Query) (backends.Page[backends.Key], error) {
	return backends.Page[backends.Key]{Items: s.KeyRows}, s.failing()
}

// ListShapes implements backends.KeyBrowser.
func (s *Source) ListShapes(context.Context, backends.Query) (backends.Page[backends.KeyShape], error) {
	return s.ShapePage, s.failing()
}

// ShapeKeys implements backends.KeyBrowser: each page is one key.
func (s *Source) ShapeKeys(_ context.Context, _, cursor string, _ int) (backends.KeyPage, error) {
	at := len(cursor)
	if at >= len(s.KeyRows) {
		return backends.KeyPage{}, s.failing()
	}
	page := backends.KeyPage{Items: s.KeyRows[at : at+1], Seen: int64(at+1) * 100, SeenOf: int64(len(s.KeyRows)) * 100}
	if at+1 < len(s.KeyRows) {
		page.Next = cursor + "x"
	}
	return page, s.failing()
}

// SearchKeys implements backends.KeySearcher: each page is the next ten keys, those that contain the text.
func (s *Source) SearchKeys(_ context.Context, _, text, cursor string, _ int) (backends.KeyPage, error) {
	at := len(cursor)
	past := min(at+10, len(s.KeyRows))
	page := backends.KeyPage{Seen: int64(past) * 100, SeenOf: int64(len(s.KeyRows)) * 100}
	for _, k := range s.KeyRows[min(at, past):past] {
		if strings.Contains(k.Name, text) {
			page.Items = append(page.Items, k)
		}
	}
	if past < len(s.KeyRows) {
		page.Next = strings.Repeat("x", past)
	}
	return page, s.failing()
}

// PlanOpen implements backends.KeyBrowser.
func (s *Source) PlanOpen(_ context.Context, name string) (backends.Plan, error) {
	plan := s.Plan
	plan.Target = backends.Target{Kind: backends.KindKey, Name: name}
	return plan, s.failing()
}

// OpenKey implements backends.KeyBrowser: the second page is the last.
func (s *Source) OpenKey(_ context.Context, _, cursor string, _ int) (backends.KeyContent, error) {
	content := s.Content
	if cursor != "" {
		content.Next = ""
	}
	return content, s.failing()
}

func shapePage() backends.Page[backends.KeyShape] {
	count := func(n int64) backends.Count { return backends.Count{Value: n, Certainty: backends.About} }
	typ := func(names ...string) (out []backends.NamedCount) {
		for _, n := range names {
			out = append(out, backends.NamedCount{Name: n, Count: backends.ExactCount(20)})
		}
		return out
	}
	return backends.Page[backends.KeyShape]{
		Items: []backends.KeyShape{
			{
				Form: "session:#", Count: count(812_400), Looks: 20, Types: typ("string"), Bytes: count(91 << 20), Expiring: 20,
				Shortest: backends.ExactSpan(40 * time.Second), Longest: backends.ExactSpan(23 * time.Hour), Examples: []string{"session:81f0"},
				Profile: "express session", Use: "session", Decode: "json",
			},
			{
				Form: "user:*:cart", Count: count(1200), Looks: 20, Types: typ("hash", "string"), Bytes: count(300 << 10), Never: 18, Expiring: 2,
				Shortest: backends.ExactSpan(time.Hour), Longest: backends.ExactSpan(time.Hour), Examples: []string{"user:ann:cart", "user:ben:cart"},
			},
			{
				Form: "bull:mail:#", Count: count(40), Looks: 20, Types: typ("hash"), Bytes: count(9 << 10), Never: 20,
				Profile: "bullmq", Library: "bullmq", Use: "queue", Role: "job", Decode: "json", Examples: []string{"bull:mail:7"},
			},
			{Form: Hostile, Count: count(1)},
		},
		Total: backends.CountAtLeast(4), Seen: 600_000, SeenOf: 813_641,
	}
}

func keyRows() []backends.Key {
	return []backends.Key{
		{
			Name: "user:ann:cart", Type: "hash", TTL: backends.ExactSpan(time.Hour), Length: backends.ExactCount(3),
			Bytes: backends.Count{Value: 220, Certainty: backends.About}, Encoding: "listpack", Idle: backends.ExactSpan(4 * time.Second),
		},
		{Name: Hostile, Type: "string", NoExpiry: true, Length: backends.ExactCount(12), Encoding: "embstr"},
	}
}

func keyContent() backends.KeyContent {
	element := func(field, value string) backends.KeyElement {
		return backends.KeyElement{Field: field, Value: []byte(value), Size: len(value), NoExpiry: true}
	}
	return backends.KeyContent{
		Key: keyRows()[0], Next: "7",
		Elements: []backends.KeyElement{
			element("sku-1", "\x82\xa2id\x11\xa4name\xa4Anna"), element("note", `{"gift":true}`), element(Hostile, Hostile),
		},
	}
}
