package redisd_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// observation is a small script whose replies are compared. Its lines are commands as redis-cli
// takes them, words apart by spaces or in Go's double quotes. Before a command may stand:
//
//	b, b:2, b!   the connection, by one letter, and how many replies to read (b! reads none); a:1 is meant otherwise
//	%name=arg    normalisers of the replies, applied in this order
//	id=          the reply is kept and written {id} from then on
//
// Lines of other forms:
//
//	<b, <b:2     reads replies or pushes that came without a command; %any says that their order is not defined
//	@blocked n   waits until n clients are blocked
//	@until reply <- command  repeats a command until its reply is as written
//	@fill command  sends a command together with all that follow like it
//	@scan command  repeats a command with its {cursor} until that is 0
//	@raw bytes   sends bytes of a Go string and reads one reply
//	@close b     closes a connection
//	# …          says something
type observation struct {
	name   string
	script string
	// typed is an observation by go-redis instead of a script.
	typed func(*typed)
	// only restricts the observation to one version of the protocol.
	only int
}

// run is one observation on one server.
type run struct {
	addr  string
	proto int
	wires map[string]*wire
	kept  map[string]string
	lines []step
	batch string // of commands to be sent together
	held  int    // how many they are
}

// step is a line of a script with what the server said to it.
type step struct{ command, reply string }

func (r *run) wire(name string) *wire {
	if w, ok := r.wires[name]; ok {
		return w
	}
	w := dialWire(r.addr)
	r.wires[name] = w
	if r.proto == 3 {
		w.do("HELLO", "3")
	}
	return w
}

func (r *run) close() {
	for _, w := range r.wires {
		w.close()
	}
}

// clean brings a server back to what a fresh one is.
func clean(addr string) {
	w := dialWire(addr)
	defer w.close()
	for _, line := range []string{
		"FLUSHALL", "SCRIPT FLUSH", "SLOWLOG RESET", "LATENCY RESET", "ACL DELUSER probe",
		"CONFIG SET notify-keyspace-events \"\"", "CONFIG SET slowlog-log-slower-than 10000",
		"CONFIG SET slowlog-max-len 128", "CONFIG SET latency-monitor-threshold 0",
		"CONFIG SET maxmemory 0", "CONFIG SET maxmemory-policy noeviction", "CONFIG SET timeout 0",
	} {
		w.do(words(line)...)
	}
	// The connections of the observation before go away in their own time.
	poll(200*time.Millisecond, func() bool { return strings.Contains(w.do("INFO", "clients").text, "connected_clients:1\r\n") })
}

// poll asks every millisecond until done, and reports whether that came within the limit.
func poll(limit time.Duration, done func() bool) bool {
	late := time.NewTimer(limit)
	defer late.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			return false
		}
	}
	return true
}

var lineForm = regexp.MustCompile(`^(?:([a-z])(?::(\d+)|(!))? +)?((?:%\S+ +)*)(?:([a-z]+)= +)?(.*)$`)

// play runs all lines of a script.
func (r *run) play(script string) {
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if command, ok := strings.CutPrefix(line, "@fill "); ok {
			r.batch += encode(words(command))
			r.held++
			continue
		}
		r.fill()
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '<':
			r.pushed(line)
		case line[0] == '@':
			r.special(line)
		default:
			r.command(line)
		}
	}
}

var pushForm = regexp.MustCompile(`^<([a-z])(?::(\d+))?((?: +%\S+)*)$`)

func (r *run) pushed(line string) {
	m := pushForm.FindStringSubmatch(line)
	if m == nil {
		panic(fmt.Sprintf("not a line of a script: %s", line))
	}
	norms, unordered := strings.CutSuffix(m[3], " %any")
	n, _ := strconv.Atoi(m[2])
	from := len(r.lines)
	for range max(n, 1) {
		r.note(line, r.wire(m[1]).next(), norms, "")
	}
	if unordered {
		slices.SortFunc(r.lines[from:], func(x, y step) int { return strings.Compare(x.reply, y.reply) })
	}
}

func (r *run) command(line string) {
	m := lineForm.FindStringSubmatch(line)
	if m == nil {
		panic(fmt.Sprintf("not a line of a script: %s", line))
	}
	w := r.wire(orElse(m[1], "a"))
	w.send(words(r.expand(m[6]))...)
	if m[3] != "" {
		return
	}
	n, _ := strconv.Atoi(m[2])
	for range max(n, 1) {
		r.note(line, w.next(), m[4], m[5])
	}
}

func (r *run) special(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "@blocked":
		r.await(line, func(w *wire) bool {
			return strings.Contains(w.do("INFO", "clients").text, "blocked_clients:"+rest+"\r\n")
		})
	case "@until":
		want, command, _ := strings.Cut(rest, " <- ")
		r.await(line, func(w *wire) bool {
			return w.do(words(r.expand(command))...).String() == want
		})
	case "@scan":
		r.scan(line, rest)
	case "@raw":
		w := r.wire("a")
		w.raw(words(rest)[0])
		r.note(line, w.next(), "", "")
	case "@close":
		r.wire(rest).close()
	default:
		panic(fmt.Sprintf("not a line of a script: %s", line))
	}
}

// fill sends the commands held back. Only the last reply is kept.
func (r *run) fill() {
	if r.held == 0 {
		return
	}
	w := r.wire("a")
	w.raw(r.batch)
	var last value
	for range r.held {
		last = w.next()
	}
	r.lines = append(r.lines, step{fmt.Sprintf("@fill %d", r.held), last.String()})
	r.batch, r.held = "", 0
}

// scan follows a cursor. What was found is kept in order and once: that is what the server guarantees
// (redis.io/docs/latest/commands/scan#scan-guarantees).
func (r *run) scan(line, command string) {
	size := 1
	if name, _, _ := strings.Cut(command, " "); name == "HSCAN" || name == "ZSCAN" {
		size = 2
	}
	found := map[string]bool{}
	cursor, pages := "0", 0
	for ; pages == 0 || cursor != "0"; pages++ {
		v := r.wire("a").do(words(strings.ReplaceAll(command, "{cursor}", cursor))...)
		if len(v.items) != 2 || len(v.items[1].items)%size != 0 || pages > 10_000 {
			r.lines = append(r.lines, step{line, fmt.Sprintf("page %d: %s", pages, v)})
			return
		}
		cursor = v.items[0].text
		for element := range slices.Chunk(v.items[1].items, size) {
			found[join(element)] = true
		}
	}
	text := "in one page"
	if pages > 1 {
		text = "in several pages"
	}
	all := strings.Join(slices.Sorted(maps.Keys(found)), " ")
	r.lines = append(r.lines, step{line, fmt.Sprintf("%d %s: %s", len(found), text, all)})
}

// await asks on a connection of its own until done.
func (r *run) await(line string, done func(*wire) bool) {
	w := dialWire(r.addr)
	defer w.close()
	if !poll(patience, func() bool { return done(w) }) {
		r.lines = append(r.lines, step{line, "?not within " + patience.String()})
	}
}

// note keeps a reply.
func (r *run) note(line string, v value, norms, keep string) {
	if keep != "" {
		r.kept[keep] = v.text
		r.lines = append(r.lines, step{line, string(v.kind) + "{" + keep + "}"})
		return
	}
	for _, norm := range strings.Fields(norms) {
		name, arg, _ := strings.Cut(norm[1:], "=")
		f, ok := normalisers()[name]
		if !ok {
			panic(fmt.Sprintf("no normaliser %s", norm))
		}
		v = f(v, r.expand(arg))
	}
	text := v.String()
	for name, kept := range r.kept {
		if len(kept) >= 8 { // shorter ones would be found where they are not meant
			text = strings.ReplaceAll(text, kept, "{"+name+"}")
		}
	}
	r.lines = append(r.lines, step{line, text})
}

func (r *run) expand(text string) string {
	for name, kept := range r.kept {
		text = strings.ReplaceAll(text, "{"+name+"}", kept)
	}
	return text
}

var wordForm = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\S+`)

// words splits a command line.
func words(line string) []string {
	out := wordForm.FindAllString(line, -1)
	for i, word := range out {
		if word[0] != '"' {
			continue
		}
		text, err := strconv.Unquote(word)
		if err != nil {
			panic(fmt.Sprintf("not a Go string: %s", word))
		}
		out[i] = text
	}
	return out
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
