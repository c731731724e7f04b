package redisd

import (
	"slices"
	"sort"
	"strings"
)

// bounds are the two ends of a range of a sorted set, by rank, score or member.
type bounds struct {
	by                 string // "" is by rank
	start, stop        int64
	low, high          float64
	lowLex, highLex    string // without the ( or [
	lowOpen, highOpen  bool   // excluded; for members also - and +, see lowInf
	lowInf, highInf    bool   // by member: unbounded
	lowNever, highZero bool   // by member: + as the low, - as the high end: nothing lies between
}

// scoreEnd reads a score, with ( before it when that is excluded.
func scoreEnd(word string) (v float64, open bool, err error) {
	if rest, ok := strings.CutPrefix(word, "("); ok {
		word, open = rest, true
	}
	if v, err = float(word); err != nil {
		return 0, false, errMinMax
	}
	return v, open, nil
}

func (b *bounds) scores(low, high string) (err error) {
	if b.low, b.lowOpen, err = scoreEnd(low); err != nil {
		return err
	}
	b.high, b.highOpen, err = scoreEnd(high)
	return err
}

// lexEnd reads [member, (member, - or +.
func lexEnd(word string) (member string, open bool, inf byte, err error) {
	switch {
	case word == "-" || word == "+":
		return "", false, word[0], nil
	case strings.HasPrefix(word, "["):
		return word[1:], false, 0, nil
	case strings.HasPrefix(word, "("):
		return word[1:], true, 0, nil
	}
	return "", false, 0, errLexRange
}

func (b *bounds) members(low, high string) error {
	var inf byte
	var err error
	if b.lowLex, b.lowOpen, inf, err = lexEnd(low); err != nil {
		return err
	}
	b.lowInf, b.lowNever = inf == '-', inf == '+'
	if b.highLex, b.highOpen, inf, err = lexEnd(high); err != nil {
		return err
	}
	b.highInf, b.highZero = inf == '+', inf == '-'
	return nil
}

// read reads both ends.
func (b *bounds) read(low, high string) (err error) {
	switch b.by {
	case "SCORE":
		return b.scores(low, high)
	case "LEX":
		return b.members(low, high)
	}
	if b.start, err = integer(low); err == nil {
		b.stop, err = integer(high)
	}
	return err
}

// section is the part of a sorted set between the bounds, as two indexes.
func (b *bounds) section(all []scored) (from, to int) {
	n := len(all)
	switch b.by {
	case "SCORE":
		from = sort.Search(n, func(i int) bool { return all[i].score > b.low || !b.lowOpen && all[i].score == b.low })
		to = sort.Search(n, func(i int) bool { return all[i].score > b.high || b.highOpen && all[i].score == b.high })
	case "LEX":
		if b.lowNever || b.highZero {
			return 0, 0
		}
		from = sort.Search(n, func(i int) bool {
			return b.lowInf || all[i].member > b.lowLex || !b.lowOpen && all[i].member == b.lowLex
		})
		to = sort.Search(n, func(i int) bool {
			return !b.highInf && (all[i].member > b.highLex || b.highOpen && all[i].member == b.highLex)
		})
	default:
		return span(b.start, b.stop, n)
	}
	return from, max(from, to)
}

// span turns a first and last index, negative ones from the end, into a half-open range.
func span(start, stop int64, n int) (from, to int) {
	if start < 0 {
		start = max(0, start+int64(n))
	}
	if stop < 0 {
		stop += int64(n)
	}
	stop = min(stop, int64(n)-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop) + 1
}

// rangeOptions are those of ZRANGE and its older forms.
type rangeOptions struct {
	b             bounds
	rev, scores   bool
	limited       bool
	offset, limit int64
}

func (k *call) rangeOptions(args []string) (r rangeOptions, err error) {
	name := k.cmd.name
	r.rev = strings.HasPrefix(name, "zrev")
	modern := name == "zrange" || name == "zrangestore"
	switch {
	case strings.HasSuffix(name, "byscore"):
		r.b.by = "SCORE"
	case strings.HasSuffix(name, "bylex"):
		r.b.by = "LEX"
	}
	if err := r.read(name, modern, options{args: args[2:]}); err != nil {
		return r, err
	}
	low, high := args[0], args[1]
	if r.rev && r.b.by != "" {
		low, high = high, low
	}
	return r, r.b.read(low, high)
}

// read reads the options after the ends.
func (r *rangeOptions) read(name string, modern bool, o options) (err error) {
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "WITHSCORES" && name != "zrangestore":
			r.scores = true
		case word == "LIMIT" && o.left() >= 2:
			err = r.readLimit(&o)
		case word == "REV" && modern:
			r.rev = true
		case word == "BYSCORE" && modern, word == "BYLEX" && modern:
			r.b.by = word[2:]
		default:
			err = errSyntax
		}
		if err != nil {
			return err
		}
	}
	return r.check(modern)
}

func (r *rangeOptions) readLimit(o *options) (err error) {
	r.limited = true
	if r.offset, err = o.integer(); err == nil {
		r.limit, err = o.integer()
	}
	return err
}

// check says which options do not go together.
func (r *rangeOptions) check(modern bool) error {
	switch {
	case r.limited && r.b.by == "" && r.limit != -1:
		return failure("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
	case r.scores && r.b.by == "LEX":
		if modern {
			return failure("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
		}
		return errSyntax
	}
	return nil
}

// pick applies the options to a sorted set.
func (r *rangeOptions) pick(all []scored) []scored {
	if r.rev && r.b.by == "" {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	from, to := r.b.section(all)
	part := all[from:to]
	if r.rev && r.b.by != "" {
		part = slices.Clone(part)
		slices.Reverse(part)
	}
	if r.limited && r.b.by != "" {
		if r.offset < 0 || r.offset >= int64(len(part)) {
			return nil
		}
		part = part[r.offset:]
		if r.limit >= 0 && r.limit < int64(len(part)) {
			part = part[:r.limit]
		}
	}
	return part
}

func (k *call) zrange() error {
	at := 1
	if k.cmd.name == "zrangestore" {
		at = 2
	}
	r, err := k.rangeOptions(k.args[at+1:])
	if err != nil {
		return err
	}
	all, err := k.zset(k.args[at])
	if err != nil {
		return err
	}
	part := r.pick(all)
	if at == 2 {
		return k.resultStore(k.args[1], "zrangestore", part)
	}
	k.members(part, r.scores, true)
	return nil
}

// zsection counts or removes a range.
func (k *call) zsection() error {
	var b bounds
	name := k.cmd.name
	switch {
	case name == "zcount" || strings.HasSuffix(name, "byscore"):
		b.by = "SCORE"
	case name == "zlexcount" || strings.HasSuffix(name, "bylex"):
		b.by = "LEX"
	}
	if err := b.read(k.args[2], k.args[3]); err != nil {
		return err
	}
	all, err := k.zset(k.args[1])
	if err != nil {
		return err
	}
	from, to := b.section(all)
	k.w.Int(int64(to - from))
	if !k.cmd.write {
		return nil
	}
	return k.zdrop(k.args[1], name, all[from:to])
}

func (k *call) zrandmember() error {
	n, err := k.picks("WITHSCORES")
	if err != nil {
		return err
	}
	all, err := k.zset(k.args[1])
	if err != nil {
		return err
	}
	picked := draw(all, n)
	if len(k.args) == 2 {
		if len(picked) == 0 {
			k.w.Null()
		} else {
			k.w.Bulk(picked[0].member)
		}
		return nil
	}
	k.members(picked, len(k.args) == 4, true)
	return nil
}
