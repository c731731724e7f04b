package rabbitmq

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/rabbitmq/management"

	amqp "github.com/rabbitmq/amqp091-go"
)

// manyQueues is a broker with more queues than are read in full: one of them deep, one a stream.
func manyQueues(t *testing.T) *world {
	t.Helper()
	s, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := &world{t: t, server: s, vhost: "/"}
	w.connect()
	t.Cleanup(func() { w.conn.Close() })
	for i := range management.PageMost + 120 {
		w.queue(fmt.Sprintf("q%04d", i), amqp.Table{"x-max-length": 10})
	}
	w.queue("zz deep", nil, numbered(7)...)
	w.queue("zz log", amqp.Table{"x-queue-type": "stream"}, "one")
	return w
}

const manyThere = management.PageMost + 121 // without the stream

// TestSurvey: a listing of very many queues is there at once, whole by Prometheus or in part, then with the
// counts of all, those in sight in full.
func TestSurvey(t *testing.T) {
	w := manyQueues(t)
	for name, c := range map[string]struct {
		more, from string
		counted    bool // at once, before any listing
	}{
		"by Prometheus": {"", "Prometheus 127.0.0.1:", true},
		"by totals":     {"&prometheus=http://127.0.0.1:1", "totals", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := openURL(t, w.url()+c.more, backends.Options{})
			q := backends.Query{Survey: true, Limit: management.PageMost, Shown: []string{"zz deep", "q0003", "gone"}}
			page, err := s.ListQueues(ctxFor(t), q)
			w.must(err)
			if page.Soon == c.counted || len(page.Items) == 0 || (len(page.Items) > management.PageMost) != c.counted || (page.Survey.From != "") != c.counted {
				t.Fatalf("the first listing: soon %v, %d rows, %+v", page.Soon, len(page.Items), page.Survey)
			}
			for range 20 {
				if page, err = s.ListQueues(ctxFor(t), q); err != nil || !page.Soon {
					break
				}
			}
			w.must(err)
			if len(page.Items) != manyThere || page.Total != backends.ExactCount(manyThere) || !strings.Contains(page.Survey.From, c.from) || page.Survey.At.IsZero() {
				t.Fatalf("%d rows, %+v, %+v, %v", len(page.Items), page.Total, page.Survey, page.Notes)
			}
			i := slices.IndexFunc(page.Items, func(q backends.Queue) bool { return q.Name == "zz deep" })
			if deep := page.Items[i]; deep.Ready != backends.ExactCount(7) || deep.Type != management.TypeClassic || !deep.Bytes.Known() {
				t.Errorf("the deepest, in sight: %+v", deep)
			}
			i = slices.IndexFunc(page.Items, func(q backends.Queue) bool { return q.Name == "q0600" })
			if far := page.Items[i]; far.Ready != backends.ExactCount(0) || far.Type != management.TypeClassic || far.Bytes.Known() || len(far.Arguments) != 1 {
				t.Errorf("one that is not in sight: %+v", far)
			}
			if whole := c.more == ""; whole != (len(page.Notes) == 0) {
				t.Errorf("notes: %q", page.Notes)
			}
		})
	}
}

// TestStreamsAmongVeryManyQueues: streams are found wherever they stand, without reading all queues.
func TestStreamsAmongVeryManyQueues(t *testing.T) {
	w := manyQueues(t)
	for _, more := range []string{"", "&prometheus=http://127.0.0.1:1"} {
		s := openURL(t, w.url()+more, backends.Options{})
		_, err := s.ListQueues(ctxFor(t), backends.Query{Survey: true}) // tells how many there are
		w.must(err)
		var page backends.Page[backends.Stream]
		for range 20 {
			if page, err = s.ListStreams(ctxFor(t), backends.Query{Limit: 10}); err != nil || !page.Soon {
				break
			}
		}
		w.must(err)
		if len(page.Items) != 1 || page.Items[0].Name != "zz log" || page.Items[0].Length != backends.ExactCount(1) || page.Total != backends.ExactCount(1) {
			t.Errorf("%q: %+v", more, page)
		}
		if page, err = s.ListStreams(ctxFor(t), backends.Query{Match: "deep"}); err != nil || len(page.Items) != 0 {
			t.Errorf("%q, of another name: %+v, %v", more, page, err)
		}
	}
}

// TestForeignPrometheus: a port that belongs to another cluster, or that knows few of the queues, is not
// believed.
func TestForeignPrometheus(t *testing.T) {
	w := manyQueues(t)
	s := w.open()
	w.must(s.Ping(ctxFor(t)))
	c := s.census
	if _, note := c.locate(ctxFor(t), 10*manyThere, false); !strings.Contains(note, "queues only") {
		t.Errorf("of a tenth of the queues: %q", note)
	}
	found, note := c.locate(ctxFor(t), manyThere, false)
	if note != "" || len(found.at) != 1 || len(found.rows) != manyThere+1 {
		t.Errorf("of all: %q, %v, %d", note, found.at, len(found.rows))
	}
}

func TestPrometheusParameter(t *testing.T) {
	for raw, want := range map[string]string{
		"http://h:1":                          "http://h:1",
		"http://h:1/metrics":                  "http://h:1",
		"https://u:p@h:1/x/metrics/detailed/": "https://u:p@h:1/x",
		"ftp://h":                             "",
		"http://h?x=1":                        "",
		"http://a:1,b:2/metrics":              "http://a:1 http://b:2",
		"h:1":                                 "",
	} {
		u, err := url.Parse("amqp://host/?prometheus=" + url.QueryEscape(raw))
		if err != nil {
			t.Fatal(err)
		}
		a, err := parseAddress(u, backends.Options{})
		switch {
		case want == "" && backends.ReasonOf(err) != backends.BadUsage:
			t.Errorf("%s: %v", raw, err)
		case want != "" && (err != nil || places(a.prometheus) != want):
			t.Errorf("%s: %v, %v", raw, a.prometheus, err)
		}
	}
}
