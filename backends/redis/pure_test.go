package redis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"user:17:cart": "user:#:cart", "u:b983c153-7421-469a-addb-44fb92259a1b": "u:#", "h:0f3c9a5b": "h:#", "cafe": "cafe",
		"a1b2": "#", "bad-feed": "bad-feed", "": "", "x-1-y": "x#y", "\xff7": "\xff#",
	} {
		if got := string(fold(nil, in)); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// Every key of a shape is looked at within shapeShare passes, however alike the others are.
func TestShapesMissNothing(t *testing.T) {
	t.Parallel()
	sh := &shape{}
	dull := verdict{typ: "string"}
	for range shapeSamples {
		if !sh.due("k:1", 0) {
			t.Fatal("a shape is believed before enough keys were looked at")
		}
		sh.saw(dull)
	}
	looks := map[string]int{}
	skipped := 0
	for pass := range uint32(shapeShare) {
		for i := range 1000 {
			if name := fmt.Sprint("k:", i); sh.due(name, pass) {
				looks[name]++
			} else {
				skipped++
			}
		}
	}
	if len(looks) != 1000 || skipped != 15*1000 {
		t.Errorf("%d of 1000 keys were looked at, %d looks were saved", len(looks), skipped)
	}
	sh.saw(verdict{typ: "list"})
	if !sh.due("k:8", 1) || !sh.due("k:9", 2) {
		t.Error("a mixed shape is skipped")
	}
	for range 2 * rareLooks {
		sh.saw(dull)
	}
	if due := sh.due("k:8", 0) || sh.due("k:8", 1); due && sh.due("k:8", 2) && sh.due("k:8", 3) {
		t.Error("of a shape with rare oddities all are looked at")
	}
}

// However many words stand at a place, the table stays small, and no key is lost from the counts.
// How long keys live is what the last pass saw: one key has one time left, not the range of all looks at it.
func TestLivesAreOfTheLastPass(t *testing.T) {
	s := newShapes()
	for _, left := range []int64{60_000, 50_000, -1} {
		s.begin()
		s.mu.Lock()
		sh := s.of("lock:report")
		sh.count++
		sh.lives(left)
		s.mu.Unlock()
		got := s.list()[0]
		s.end()
		if want := time.Duration(left) * time.Millisecond; left >= 0 && (got.Shortest.Value != want || got.Longest.Value != want || got.Never != 0) {
			t.Errorf("%v left: %+v", want, got)
		}
		if left < 0 && (got.Never != 1 || got.Expiring != 0) {
			t.Errorf("without an end: %+v", got)
		}
	}
}

func TestShapesStaySmall(t *testing.T) {
	t.Parallel()
	s := newShapes()
	s.begin()
	word := func(i int) string { return strings.Map(func(r rune) rune { return r - '0' + 'g' }, strconv.Itoa(i)) }
	s.mu.Lock()
	for i := range 5000 {
		s.seen("user:" + word(i) + ":cart")
		s.seen("user:" + word(i) + ":" + strconv.Itoa(i))
		s.seen(word(i))
		s.seen("order:" + strconv.Itoa(i))
	}
	s.mu.Unlock()
	s.end()
	got := map[string]int64{}
	for _, sh := range s.list() {
		got[sh.Form] = sh.Count.Value
	}
	want := map[string]int64{"user:*:cart": 5000, "user:*:#": 5000, "*": 5000, "order:#": 5000}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shapes (-want +got):\n%s", diff)
	}
}

func TestCatalogForgets(t *testing.T) {
	t.Parallel()
	c := newCatalog()
	c.begin()
	for _, name := range []string{"b", "a", "c"} {
		c.add(backends.KindQueue, name, "list", nil)
	}
	c.end()
	c.begin()
	c.add(backends.KindQueue, "a", "list", nil)
	c.keep("c")
	c.reclass(backends.KindQueue, "c")
	c.end()
	if got, beyond := c.list(backends.KindQueue, ""); !slices.Equal(got, []string{"a"}) || beyond {
		t.Errorf("after a pass without b, and with c something else: %q, %v", got, beyond)
	}
	c.add(backends.KindQueue, "c", "zset", nil)
	if got, _ := c.list(backends.KindQueue, ""); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("after c became another thing: %q", got)
	}
	for i := range maxNames + 5 {
		c.add(backends.KindStream, fmt.Sprint(i), "stream", nil)
	}
	if got, beyond := c.list(backends.KindStream, ""); len(got) != maxNames || !beyond {
		t.Errorf("%d names, beyond %v", len(got), beyond)
	}
	if got, _ := c.list(backends.KindStream, "4999"); len(got) != 2 {
		t.Errorf("4999 and 14999 but: %q", got)
	}
}

func TestMerit(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_780_000_000, 0)
	boards := leaderboards{&source{profiles: newProfiles(nil)}}
	at := func(scores ...float64) []backends.Place {
		var out []backends.Place
		for _, s := range scores {
			out = append(out, backends.Place{Score: s})
		}
		return out
	}
	for name, c := range map[string]struct {
		top  []backends.Place
		want bool
	}{
		"points":               {at(100, 50, 1), true},
		"infinities":           {at(math.Inf(1), 3, math.Inf(-1)), true},
		"negative":             {at(-1, -2), true},
		"one time among them":  {at(1_780_000_000, 12), true},
		"delays in seconds":    {at(1_780_000_300, 1_780_000_100), false},
		"delays in ms":         {at(1_780_000_300_000.5, 1_779_000_100_000), false},
		"times in µs":          {at(1_780_000_300_000_000), false},
		"geohashes":            {at(3_479_099_956_230_698, 3_479_447_370_796_909), false},
		"twenty years ago":     {at(1_000_000_000), true},
		"large, with fraction": {at(3_479_099_956_230_698.5), true},
		"documents":            {[]backends.Place{{Member: `{"id":1}`, Score: 2}}, false},
		"jobs":                 {[]backends.Place{{Member: "job:7", Score: 2}}, false},
	} {
		if got := boards.merit(backends.Leaderboard{Name: name, Top: c.top}, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPayloadField(t *testing.T) {
	t.Parallel()
	field := func(names ...string) (out []backends.Field) {
		for _, n := range names {
			out = append(out, backends.Field{Name: n, Value: []byte("v-" + n)})
		}
		return out
	}
	for _, c := range []struct {
		fields  []backends.Field
		known   string
		body    string
		headers int
	}{
		{field("anything"), "", "v-anything", 0},
		{field("id", "payload", "kind"), "", "v-payload", 2},
		{field("event", "data"), "", "v-data", 1},
		{field("event", "data"), "event", "v-event", 1},
		{field("a", "b"), "", "", 2},
		{field("a", "b"), "b", "v-b", 1},
		{nil, "", "", 0},
	} {
		m := backends.Message{Position: "1526919030474-55"}
		fill(&m, c.fields, nil, c.known)
		if string(m.Body) != c.body || len(m.Headers) != c.headers || m.Size != len(c.body) || (c.body == "" && m.Body != nil) {
			t.Errorf("%v: %+v", c.fields, m)
		}
		if !m.Time.Equal(time.UnixMilli(1526919030474)) {
			t.Errorf("time %v", m.Time)
		}
	}
}

func TestOlderID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1-0", "2-0", true},
		{"9-0", "10-0", true},
		{"1-9", "1-10", true},
		{"1-1", "1-1", false},
		{"2", "1-5", false},
		{"18446744073709551615-0", "18446744073709551615-1", true},
	} {
		if olderID(c.a, c.b) != c.want {
			t.Errorf("olderID(%s, %s)", c.a, c.b)
		}
	}
	if isID("$") || isID("x-1") || isID("1-x") || !isID("5") || !isID("5-1") {
		t.Error("isID")
	}
}

func TestSlopes(t *testing.T) {
	t.Parallel()
	var s slopes
	start := time.Now()
	if r := s.rate("q", 100, start); r.Known() {
		t.Errorf("the first count has a rate: %+v", r)
	}
	if r := s.rate("q", 120, start.Add(2*time.Second)); r != backends.ExactRate(10) {
		t.Errorf("20 in 2 s: %+v", r)
	}
	if r := s.rate("q", 900, start.Add(2*time.Second+time.Millisecond)); r != backends.ExactRate(10) {
		t.Errorf("too soon for another: %+v", r)
	}
	if r := s.rate("q", 100, start.Add(4*time.Second)); r != backends.ExactRate(-10) {
		t.Errorf("falling: %+v", r)
	}
	if r := s.rate("q", 100, start.Add(time.Hour)); r.Known() {
		t.Errorf("after an hour: %+v", r)
	}
}

func TestPassAdapts(t *testing.T) {
	t.Parallel()
	p := &lane{count: firstCount}
	p.adapt(10 * time.Millisecond) // all of it may be the network
	if p.count != 2*firstCount {
		t.Errorf("after a quick call: %d", p.count)
	}
	for range 10 {
		p.adapt(13 * time.Millisecond) // 3 ms of work
	}
	if p.count != minCount {
		t.Errorf("after slow calls: %d", p.count)
	}
	for range 10 {
		p.adapt(10 * time.Millisecond)
	}
	if p.count != maxCount {
		t.Errorf("after quick calls: %d", p.count)
	}
}

// Pauses are as long as the clock says, which stands still here.
func TestPassPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &lane{count: firstCount, started: time.Now(), busy: 100 * time.Millisecond}
		if wait := p.pause(); wait < 1900*time.Millisecond || wait > 2*time.Second {
			t.Errorf("after 100 ms of work: %v", wait)
		}
		p = &lane{filled: time.Now(), started: time.Now()}
		p.spend(looksPerSecond)
		if wait := p.pause(); wait < 900*time.Millisecond || wait > time.Second {
			t.Errorf("for a second's looks: %v", wait)
		}
	})
}

func TestAlarms(t *testing.T) {
	t.Parallel()
	i := parseInfo("# Memory\r\nused_memory:95\r\nmaxmemory:100\r\nmaxmemory_policy:noeviction\r\nrejected_connections:3\r\n" +
		"role:slave\r\nmaster_host:h\r\nmaster_port:1\r\nmaster_link_status:down\r\nloading:1\r\nloading_eta_seconds:9\r\nrdb_last_bgsave_status:err\r\n")
	r := backends.HealthReport{MemoryUsed: infoCount(i, "used_memory"), MemoryLimit: infoCount(i, "maxmemory")}
	if got := alarms(i, r, growth{}); len(got) != 5 || got[0].Severity != backends.Critical {
		t.Errorf("%+v", got)
	}
	if got := alarms(parseInfo("role:master\r\nrejected_connections:0\r\nrdb_last_bgsave_status:ok\r\nloading:0\r\n"), backends.HealthReport{}, growth{}); len(got) != 0 {
		t.Errorf("a healthy server: %+v", got)
	}
}

func TestCommandName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cmd  command
		want string
	}{{command{"xinfo", "stream", "k"}, "XINFO STREAM"}, {command{"GET", "k"}, "GET"}, {command{"SCAN", "0"}, "SCAN"}, {command{"PING"}, "PING"}} {
		if got := c.cmd.name(); got != c.want {
			t.Errorf("%v: %s", c.cmd, got)
		}
	}
}

func TestClientNameIsOneWord(t *testing.T) {
	t.Parallel()
	for _, r := range clientName() {
		if r <= ' ' || r > '~' {
			t.Errorf("%q", clientName())
		}
	}
}
