package inspector_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/inspector"
	"bustop/views/viewtest"
)

// nested is {"id": 4711, "items": [{"sku": "A-1", "qty": 2}], "body": JSON with base64 of JSON in it,
// "raw": bytes of CBOR} in MessagePack.
func nested() string {
	proof := base64.StdEncoding.EncodeToString([]byte(`{"by":"card","last":[4,2,4,2]}`))
	inner := `{"event":"paid","total":19.90,"proof":"` + proof + `"}`
	return "\x84\xa2id\xcd\x12\x67\xa5items\x91\x82\xa3sku\xa3A-1\xa3qty\x02" +
		"\xa4body\xd9" + string([]byte{byte(len(inner))}) + inner +
		"\xa3raw\xc4\x0b\xa2bid\x19\x03\xe8bok\xf5"
}

// sign1 is the example of RFC 9052 appendix C.2.1.
const sign1 = "d28443a10126a10442313154546869732069732074686520636f6e74656e742e5840" +
	"8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e" +
	"2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"

func unhex(t *testing.T, digits string) string {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDrawings(t *testing.T) {
	long := `{"order":17,"lines":[` + strings.Repeat(`{"sku":"A-1","price":9.5},`, 30) + `{"sku":"last"}]}`
	for _, c := range []struct {
		name, body string
		keys       []string
	}{
		{"nested", nested(), []string{"end", "up", "enter", "end", "up", "enter", "down", "down"}},
		{"broken-cbor", "\xa3bid\x19\x03\xe8dname\x64Annadtags\x83aaab\x7f", nil},
		{"cose", unhex(t, sign1), []string{"down", "down"}},
		{"protobuf", "\x08\x96\x01\x12\x05Anna!\x1a\x07\x0a\x03A-1\x10\x02\x1d\x00\x00\x18\x41\x22\x04\x01\x02\x03\x04\x28\xe8\x07", []string{"down", "down"}},
		{"binary", "\x00\x01\xfe\xff\x80\x81\x00\x00\x17\x3a\xc1\xc1\xc1\x9f\x02\xff\x11\xd7\x00\xc1", nil},
		{"gzip-json", zipped(t, long), []string{"down", "down"}},
		{"unsure", unsure, nil},
		{"search", long, []string{"/", "price", "enter", "n", "n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := message(c.body)
			inspect(t, m, func(t *testing.T, _ *views.Deps, nav *viewtest.Nav, s *inspector.Screen) {
				viewtest.Press(t, nav, s, c.keys...)
				for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 50}} {
					lines := s.Render(size[0], size[1])
					if len(lines) != size[1] {
						t.Fatalf("%d lines of %d", len(lines), size[1])
					}
					golden.Check(t, fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1]), lines)
				}
			})
		})
	}
}

// unsure are bytes that several formats could have made.
const unsure = "\x8b\xad\x77\x76\x72\xe4"
