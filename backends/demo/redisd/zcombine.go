package redisd

import (
	"math"
	"slices"
	"strings"
)

// combination are the arguments of ZUNION, ZINTER, ZDIFF and their kin.
type combination struct {
	store     string
	keys      []string
	weights   []float64
	aggregate string
	scores    bool
	limit     int64 // of ZINTERCARD, 0 is none
}

func (k *call) combination() (c combination, err error) {
	name, at := k.cmd.name, 1
	if strings.HasSuffix(name, "store") {
		c.store, at = k.args[1], 2
	}
	n, err := integer(k.args[at])
	switch {
	case err != nil && name == "zintercard":
		return c, failure("ERR numkeys should be greater than 0")
	case err != nil:
		return c, err
	case n < 1 && name == "zintercard":
		return c, failure("ERR numkeys should be greater than 0")
	case n < 1:
		return c, failure("ERR at least 1 input key is needed for '" + name + "' command")
	case n > int64(len(k.args)-at-1) && name == "zintercard":
		return c, failure("ERR Number of keys can't be greater than number of args")
	case n > int64(len(k.args)-at-1):
		return c, errSyntax
	}
	c.keys, c.aggregate = k.args[at+1:at+1+int(n)], "SUM"
	for range c.keys {
		c.weights = append(c.weights, 1)
	}
	return c, c.options(name, options{args: k.args[at+1+int(n):]})
}

func (c *combination) options(name string, o options) error {
	counting, weighted := c.takes(name)
	for word, ok := o.next(); ok; word, ok = o.next() {
		last, listed := o.left() == 0, c.store == "" && !counting
		switch {
		case word == "WEIGHTS" && weighted && o.left() >= len(c.keys):
			if err := c.weigh(&o); err != nil {
				return err
			}
		case word == "AGGREGATE" && weighted && !last:
			if err := c.readAggregate(&o); err != nil {
				return err
			}
		case word == "WITHSCORES" && listed:
			c.scores = true
		case word == "LIMIT" && counting && !last:
			return c.readLimit(&o)
		default:
			return errSyntax
		}
	}
	return nil
}

// takes tells which options a command has: LIMIT, and WEIGHTS and AGGREGATE.
func (c *combination) takes(name string) (counting, weighted bool) {
	counting = name == "zintercard"
	return counting, !counting && !strings.HasPrefix(name, "zdiff")
}

func (c *combination) readLimit(o *options) (err error) {
	if c.limit, err = o.integer(); err != nil || c.limit < 0 {
		return failure("ERR LIMIT can't be negative")
	}
	if o.left() > 0 {
		return c.options("zintercard", *o)
	}
	return nil
}

func (c *combination) readAggregate(o *options) error {
	if c.aggregate, _ = o.next(); !slices.Contains([]string{"SUM", "MIN", "MAX"}, c.aggregate) {
		return errSyntax
	}
	return nil
}

func (c *combination) weigh(o *options) error {
	for i := range c.keys {
		w, err := float(o.args[o.at+i])
		if err != nil {
			return errWrongWeight
		}
		c.weights[i] = w
	}
	o.at += len(c.keys)
	return nil
}

// operand is a sorted set, or a set whose members count 1 each.
func (k *call) operand(name string) (map[string]float64, error) {
	e := k.find(name)
	switch {
	case e == nil:
		return nil, nil
	case e.kind == kindZSet:
		return k.scores(name)
	case e.kind != kindSet:
		return nil, errWrongType
	}
	list, err := k.n.engine.db(k.db.id).Members(name)
	out := make(map[string]float64, len(list))
	for _, m := range list {
		out[m] = 1
	}
	return out, err
}

func (k *call) zcombine() error {
	c, err := k.combination()
	if err != nil {
		return err
	}
	var operands []map[string]float64
	for _, name := range c.keys {
		o, err := k.operand(name)
		if err != nil {
			return err
		}
		operands = append(operands, o)
	}
	name := strings.TrimSuffix(k.cmd.name, "store")
	var result map[string]float64
	switch name {
	case "zunion":
		result = c.union(operands)
	case "zdiff":
		result = difference(operands)
	default:
		result = c.intersection(operands)
	}
	list := sorted(result)
	switch {
	case name == "zintercard":
		n := int64(len(list))
		if c.limit > 0 {
			n = min(n, c.limit)
		}
		k.w.Int(n)
	case c.store != "":
		return k.resultStore(c.store, k.cmd.name, list)
	default:
		k.members(list, c.scores, true)
	}
	return nil
}

// weigh is score*weight, where infinity times zero is zero.
func weigh(score, weight float64) float64 {
	if v := score * weight; !math.IsNaN(v) {
		return v
	}
	return 0
}

func (c *combination) merge(a, b float64) float64 {
	switch c.aggregate {
	case "MIN":
		return min(a, b)
	case "MAX":
		return max(a, b)
	}
	if sum := a + b; !math.IsNaN(sum) {
		return sum
	}
	return 0 // inf and -inf
}

func (c *combination) union(operands []map[string]float64) map[string]float64 {
	out := map[string]float64{}
	for i, o := range operands {
		for m, s := range o {
			s = weigh(s, c.weights[i])
			if old, ok := out[m]; ok {
				s = c.merge(old, s)
			}
			out[m] = s
		}
	}
	return out
}

func (c *combination) intersection(operands []map[string]float64) map[string]float64 {
	out := map[string]float64{}
next:
	for m, s := range operands[0] {
		s = weigh(s, c.weights[0])
		for i, o := range operands[1:] {
			other, ok := o[m]
			if !ok {
				continue next
			}
			s = c.merge(s, weigh(other, c.weights[i+1]))
		}
		out[m] = s
	}
	return out
}

func difference(operands []map[string]float64) map[string]float64 {
	out := map[string]float64{}
next:
	for m, s := range operands[0] {
		for _, o := range operands[1:] {
			if _, ok := o[m]; ok {
				continue next
			}
		}
		out[m] = s
	}
	return out
}
