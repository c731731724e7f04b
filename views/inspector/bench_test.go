package inspector_test

import (
	"strings"
	"testing"

	"bustop/backends"
	"bustop/views/inspector"
	"bustop/views/viewtest"
)

// BenchmarkRender draws the tree of a payload; its size must not matter, as only rows in sight are made.
func BenchmarkRender(b *testing.B) {
	for name, rows := range map[string]int{"1KB": 20, "5MB": 160_000} {
		b.Run(name, func(b *testing.B) {
			d, _ := viewtest.Deps(b, true)
			body := `[` + strings.Repeat(`{"sku":"A-1","body":"{\"a\":[1]}"},`, rows) + `0]`
			s := inspector.New(d, backends.Message{Body: []byte(body), Size: len(body)})
			b.ReportAllocs()
			for b.Loop() {
				s.Render(200, 50)
			}
		})
	}
}
