package resp_test

import (
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"bustop/backends/demo/redisd/internal/resp"

	"github.com/google/go-cmp/cmp"
)

func TestRequest(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
		err  string
	}{
		{"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", []string{"GET", "k"}, ""},
		{"*1\r\n$0\r\n\r\n", []string{""}, ""},
		{"*0\r\n", nil, ""},
		{"*-1\r\n", nil, ""},
		{"\r\n", nil, ""},
		{"PING\r\n", []string{"PING"}, ""},
		{"SET \"a\\x41\\n\" 'b c'\n", []string{"SET", "aA\n", "b c"}, ""},
		{"SET \"a\r\n", nil, "ERR Protocol error: unbalanced quotes in request"},
		{"*x\r\n", nil, "ERR Protocol error: invalid multibulk length"},
		{"*99999999999\r\n", nil, "ERR Protocol error: invalid multibulk length"},
		{"*1\r\n:1\r\n", nil, "ERR Protocol error: expected '$', got ':'"},
		{"*1\r\n$-1\r\n", nil, "ERR Protocol error: invalid bulk length"},
		{"*1\r\n$9999999999999\r\n", nil, "ERR Protocol error: invalid bulk length"},
		{"*1\r\n$5\r\nab", nil, io.ErrUnexpectedEOF.Error()},
		{strings.Repeat("a", 1<<17), nil, "ERR Protocol error: too big inline request"},
	} {
		got, err := resp.NewReader(strings.NewReader(c.in)).Request()
		if text := errText(err); text != c.err || !slices.Equal(got, c.want) {
			t.Errorf("%.40q: %q, %q", c.in, got, text)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestWriter(t *testing.T) {
	write := func(v3 bool) string {
		w := resp.Writer{V3: v3}
		w.Map(1)
		w.Simple("a\r\nb")
		w.Double(1.5)
		w.Set(1)
		w.Bool(true)
		w.Null()
		w.NullArray()
		w.Verbatim("x")
		w.Push(0)
		return string(w.Buf)
	}
	want2 := "*2\r\n+a  b\r\n$3\r\n1.5\r\n*1\r\n:1\r\n$-1\r\n*-1\r\n$1\r\nx\r\n*0\r\n"
	want3 := "%1\r\n+a  b\r\n,1.5\r\n~1\r\n#t\r\n_\r\n_\r\n=5\r\ntxt:x\r\n>0\r\n"
	if diff := cmp.Diff([]string{want2, want3}, []string{write(false), write(true)}); diff != "" {
		t.Error(diff)
	}
}

func TestFormatDouble(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 3: "3", -2.25: "-2.25", 0.1: "0.10000000000000001", 1e20: "1e+20", 1e-7: "9.9999999999999995e-08",
		math.Inf(1): "inf", math.Inf(-1): "-inf", 1 << 60: "1.152921504606847e+18", 123456789.5: "123456789.5",
	} {
		if got := resp.FormatDouble(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}

// FuzzRequest: no request makes the reader panic, hang or hold more than what has come.
func FuzzRequest(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n*1\r\n$67108864\r\nx"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := resp.NewReader(strings.NewReader(string(data)))
		for {
			words, err := r.Request()
			var wrong resp.ProtocolError
			if errors.As(err, &wrong) || err != nil {
				return
			}
			size := 0
			for _, w := range words {
				size += len(w)
			}
			if size > len(data) {
				t.Fatalf("%d bytes of words from %d bytes", size, len(data))
			}
		}
	})
}

// FuzzParse: what is no reply is refused.
func FuzzParse(f *testing.F) {
	f.Add([]byte("%1\r\n+a\r\n*2\r\n:1\r\n_\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, n, err := resp.Parse(data); err == nil && (n <= 0 || n > len(data)) {
			t.Fatalf("length %d of %d", n, len(data))
		}
	})
}
