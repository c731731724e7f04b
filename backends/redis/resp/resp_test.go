package resp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"bustop/backends/redis/resp"
)

// show prints a value in one line, for comparison.
func show(v resp.Value) string {
	switch v.Kind {
	case resp.Status:
		return "+" + string(v.Text)
	case resp.Failure:
		return "-" + string(v.Text)
	case resp.Integer:
		return fmt.Sprint(v.Int)
	case resp.Bulk:
		return fmt.Sprintf("%q/%d", v.Text, v.Size)
	case resp.Array, resp.Push:
		var parts []string
		for _, item := range v.Items {
			parts = append(parts, show(item))
		}
		if v.Kind == resp.Push {
			return "push[" + strings.Join(parts, " ") + "]"
		}
		return "[" + strings.Join(parts, " ") + "]"
	default:
		return "nil"
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"+OK\r\n":                             "+OK",
		"-ERR no\r\n":                         "-ERR no",
		":-42\r\n":                            "-42",
		"$-1\r\n":                             "nil",
		"*-1\r\n":                             "nil",
		"$0\r\n\r\n":                          `""/0`,
		"$3\r\na\r\n\r\n":                     `"a\r\n"/3`,
		"$12\r\nabcdefghijkl\r\n":             `"abcdefgh"/12`,
		"*0\r\n":                              "[]",
		"*3\r\n$1\r\na\r\n:1\r\n*1\r\n+x\r\n": `["a"/1 1 [+x]]`,
		"_\r\n":                               "nil",
		"#t\r\n":                              "1",
		"#f\r\n":                              "0",
		",3.25\r\n":                           `"3.25"/4`,
		"(123456789012345678901\r\n":          `"12345678"/21`,
		"=7\r\ntxt:abc\r\n":                   `"abc"/3`,
		"!3\r\nERR\r\n":                       "-ERR",
		"~2\r\n:1\r\n:2\r\n":                  "[1 2]",
		"%1\r\n+k\r\n_\r\n":                   "[+k nil]",
		"|1\r\n+ttl\r\n:3\r\n:7\r\n":          "7",
		">2\r\n+invalidate\r\n*1\r\n+k\r\n":   "push[+invalidate [+k]]",
	} {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(in), "byte by byte": iotest.OneByteReader(strings.NewReader(in)),
		} {
			var v resp.Value
			if err := resp.NewReader(r, 8).Read(&v); err != nil || show(v) != want {
				t.Errorf("%q %s: %s, %v; want %s", in, name, show(v), err, want)
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"\r\n", "x\r\n", "$\r\n", "$5x\r\n", "$-2\r\n", "$1\r\nab\r\n", "+a\n", "$99999999999\r\n", "*99999999\r\n",
		"*1\r\n@1\r\n", strings.Repeat("*1\r\n", 40), "+" + strings.Repeat("a", 300<<10) + "\r\n",
	} {
		var v resp.Value
		if err := resp.NewReader(strings.NewReader(in), 8).Read(&v); !errors.Is(err, resp.ErrProtocol) {
			t.Errorf("%.20q: %v", in, err)
		}
	}
	for _, in := range []string{"$5\r\nab", "*2\r\n+a\r\n", "+a", "$1\r\na"} {
		var v resp.Value
		if err := resp.NewReader(strings.NewReader(in), 8).Read(&v); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// A length is claimed but the bytes never come: memory must not follow the claim.
func TestClaimedLengthCostsNothing(t *testing.T) {
	t.Parallel()
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			var v resp.Value
			_ = resp.NewReader(strings.NewReader("*1000000\r\n$500000000\r\nabc"), 1<<30).Read(&v)
		}
	}).AllocedBytesPerOp()
	if allocated > 1<<20 {
		t.Errorf("%d bytes for a stream of 26", allocated)
	}
}

// Memory is used again, and a later value shows nothing of an earlier one.
func TestReuse(t *testing.T) {
	t.Parallel()
	r := resp.NewReader(strings.NewReader("*2\r\n$4\r\nlong\r\n*1\r\n:7\r\n"+"*2\r\n$1\r\na\r\n$-1\r\n"+"+OK\r\n"), 100)
	var v resp.Value
	for _, want := range []string{`["long"/4 [7]]`, `["a"/1 nil]`, "+OK"} {
		if err := r.Read(&v); err != nil || show(v) != want {
			t.Errorf("%s, %v; want %s", show(v), err, want)
		}
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	got := resp.Append(nil, "GET", "a\r\nb", "")
	if want := "*3\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n$0\r\n\r\n"; string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$3\r\nabc\r\n"))
	f.Add([]byte("-ERR x\r\n:1\r\n$-1\r\n*-1\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		const keep = 16
		r := resp.NewReader(bytes.NewReader(in), keep)
		var v resp.Value
		for r.Read(&v) == nil {
			if v.Kind == resp.Bulk && (len(v.Text) != min(v.Size, keep) || v.Size > len(in)) {
				t.Fatalf("bulk of %d bytes, size %d, from %d bytes", len(v.Text), v.Size, len(in))
			}
		}
	})
}

// What Append writes, Read reads.
func FuzzRoundTrip(f *testing.F) {
	f.Add("SUBSCRIBE", "a\r\nb")
	f.Fuzz(func(t *testing.T, a, b string) {
		var v resp.Value
		err := resp.NewReader(bytes.NewReader(resp.Append(nil, a, b)), 1<<20).Read(&v)
		if err != nil || len(v.Items) != 2 || string(v.Items[0].Text) != a || string(v.Items[1].Text) != b {
			t.Fatalf("%q %q: %s, %v", a, b, show(v), err)
		}
	})
}
