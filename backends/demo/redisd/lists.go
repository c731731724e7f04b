package redisd

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends/demo/redisd/internal/resp"
)

func listHandlers() map[string]handler {
	return map[string]handler{
		"lpop": (*call).pop, "rpop": (*call).pop, "rpoplpush": (*call).lmove, "lmove": (*call).lmove, "lmpop": (*call).lmpop,
		"blpop": (*call).blpop, "brpop": (*call).blpop, "blmove": (*call).blmove, "brpoplpush": (*call).blmove, "blmpop": (*call).blmpop,
	}
}

// list is the elements of a list key; they must not be changed.
func (k *call) list(name string) ([]string, error) {
	e, err := k.typed(name, kindList)
	if err != nil || e == nil {
		return nil, err
	}
	return k.n.engine.db(k.db.id).List(name)
}

// take removes up to n elements from one end of a list and tells of it.
func (k *call) take(name string, left bool, n int) ([]string, error) {
	taken, err := k.remove(name, left, n)
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	k.notify('l', side("pop", left), name)
	if k.db.dict.names[name] == nil {
		k.notify('g', "del", name)
	}
	return taken, nil
}

// remove takes up to n elements from one end of a list.
func (k *call) remove(name string, left bool, n int) ([]string, error) {
	all, err := k.list(name)
	if err != nil || len(all) == 0 || n == 0 {
		return nil, err
	}
	n = min(n, len(all))
	var taken []string
	if left {
		taken = slices.Clone(all[:n])
	} else {
		taken = slices.Clone(all[len(all)-n:])
		slices.Reverse(taken)
	}
	switch {
	case n == len(all):
		k.n.engine.db(k.db.id).Del(name)
	case left:
		k.n.engine.run(k.db.id, false, "LTRIM", name, strconv.Itoa(n), "-1")
	default:
		k.n.engine.run(k.db.id, false, "LTRIM", name, "0", strconv.Itoa(len(all)-n-1))
	}
	k.n.sync(k.db, name, false)
	return taken, nil
}

// side names an operation at one end of a list: lpop, rpush.
func side(op string, left bool) string {
	if left {
		return "l" + op
	}
	return "r" + op
}

// give adds an element to one end of a list and tells of it.
func (k *call) give(name string, left bool, element string) error {
	db := k.n.engine.db(k.db.id)
	var err error
	if left {
		_, err = db.Lpush(name, element)
	} else {
		_, err = db.Push(name, element)
	}
	if err != nil {
		return err
	}
	k.n.sync(k.db, name, false)
	k.notify('l', side("push", left), name)
	return nil
}

func (k *call) pop() error {
	left := k.cmd.name == "lpop"
	if len(k.args) > 3 {
		return errArity(k.cmd.name)
	}
	n := 1
	var err error
	if len(k.args) == 3 {
		if n, err = count(k.args[2]); err != nil {
			return err
		}
	}
	there, err := k.list(k.args[1])
	if err != nil {
		return err
	}
	taken, err := k.take(k.args[1], left, n)
	switch {
	case err != nil:
		return err
	case len(k.args) == 3 && there == nil:
		k.w.NullArray()
	case len(k.args) == 3:
		k.w.Bulks(taken)
	default:
		k.bulkOrNull(strings.Join(taken, ""), len(taken) > 0)
	}
	return nil
}

// end reads LEFT or RIGHT.
func end(word string) (left bool, err error) {
	switch upper(word) {
	case "LEFT":
		return true, nil
	case "RIGHT":
		return false, nil
	}
	return false, errSyntax
}

// ends are the sides that a moving command takes from and puts to.
func (k *call) ends() (from, to bool, err error) {
	if strings.HasSuffix(k.cmd.name, "rpoplpush") {
		return false, true, nil
	}
	if from, err = end(k.args[3]); err == nil {
		to, err = end(k.args[4])
	}
	return from, to, err
}

// shift moves one element between lists, and reports whether there was one.
func (k *call) shift(from, to bool) (bool, error) {
	source, err := k.list(k.args[1])
	if err != nil || len(source) == 0 {
		return false, err
	}
	if _, err := k.list(k.args[2]); err != nil {
		return false, err
	}
	element := source[len(source)-1]
	if from {
		element = source[0]
	}
	_, err = k.remove(k.args[1], from, 1)
	if err == nil {
		err = k.give(k.args[2], to, element)
	}
	if err != nil {
		return false, err
	}
	k.notify('l', side("pop", from), k.args[1])
	if k.db.dict.names[k.args[1]] == nil {
		k.notify('g', "del", k.args[1])
	}
	k.w.Bulk(element)
	return true, nil
}

func (k *call) lmove() error {
	from, to, err := k.ends()
	if err != nil {
		return err
	}
	moved, err := k.shift(from, to)
	if err == nil && !moved {
		k.w.Null()
	}
	return err
}

func (k *call) blmove() error {
	from, to, err := k.ends()
	if err != nil {
		return err
	}
	wait, err := timeout(k.args[len(k.args)-1])
	if err != nil {
		return err
	}
	moved, err := k.shift(from, to)
	if err != nil || moved {
		return err
	}
	if k.inTx || k.script != nil {
		k.w.Null()
		return nil
	}
	k.block(&waiter{
		keys: k.args[1:2], late: (*resp.Writer).NullArray,
		try: func(k *call, _ string) (bool, error) { return k.shift(from, to) },
	}, wait)
	return nil
}

// popFirst pops from the first of the keys that has elements, and answers with its name and them.
func (k *call) popFirst(keys []string, left bool, n int, nested bool) (bool, error) {
	for _, name := range keys {
		taken, err := k.take(name, left, n)
		if err != nil {
			return false, err
		}
		if len(taken) == 0 {
			continue
		}
		k.w.Array(2)
		k.w.Bulk(name)
		if nested {
			k.w.Bulks(taken)
		} else {
			k.w.Bulk(taken[0])
		}
		return true, nil
	}
	return false, nil
}

func (k *call) blpop() error {
	keys, left := k.args[1:len(k.args)-1], k.cmd.name == "blpop"
	wait, err := timeout(k.args[len(k.args)-1])
	if err != nil {
		return err
	}
	return k.blockingPop(keys, wait, func(k *call, keys []string) (bool, error) { return k.popFirst(keys, left, 1, false) })
}

// blockingPop tries a pop and waits for the keys when there is nothing.
func (k *call) blockingPop(keys []string, wait time.Duration, pop func(*call, []string) (bool, error)) error {
	done, err := pop(k, keys)
	if err != nil || done {
		return err
	}
	k.block(&waiter{
		keys: keys, late: (*resp.Writer).NullArray,
		try: func(k *call, name string) (bool, error) {
			done, err := pop(k, []string{name})
			if err == errWrongType { //nolint:errorlint // never wrapped
				return false, nil // a key that became something else serves nobody
			}
			return done, err
		},
	}, wait)
	return nil
}

// popOptions reads "numkeys key… WHERE [COUNT n]" from an argument on.
func (k *call) popOptions(at int) (keys []string, where string, n int, err error) {
	num, err := integer(k.args[at])
	if err != nil || num <= 0 {
		return nil, "", 0, failure("ERR numkeys should be greater than 0")
	}
	if num > int64(len(k.args)-at-2) {
		return nil, "", 0, errSyntax
	}
	keys, n = k.args[at+1:at+1+int(num)], 1
	o := options{args: k.args[at+1+int(num):]}
	where, _ = o.next()
	given := false
	for word, ok := o.next(); ok; word, ok = o.next() {
		if word != "COUNT" || given {
			return nil, "", 0, errSyntax
		}
		given = true
		v, err := o.value()
		if err != nil {
			return nil, "", 0, err
		}
		if n, err = count(v); err != nil || n == 0 {
			return nil, "", 0, failure("ERR count should be greater than 0")
		}
	}
	return keys, where, n, nil
}

// multiPop is what LMPOP, ZMPOP and their blocking forms share: where tells the side that the word names, pop takes
// from the first key that has something.
type multiPop struct {
	where func(word string) (bool, error)
	pop   func(k *call, keys []string, side bool, n int, nested bool) (bool, error)
}

// now pops at once, or answers nothing.
func (m multiPop) now(k *call) error {
	keys, side, n, err := m.options(k, 1)
	if err != nil {
		return err
	}
	done, err := m.pop(k, keys, side, n, true)
	if err == nil && !done {
		k.w.NullArray()
	}
	return err
}

// blocking pops or waits.
func (m multiPop) blocking(k *call) error {
	wait, err := timeout(k.args[1])
	if err != nil {
		return err
	}
	keys, side, n, err := m.options(k, 2)
	if err != nil {
		return err
	}
	return k.blockingPop(keys, wait, func(k *call, keys []string) (bool, error) { return m.pop(k, keys, side, n, true) })
}

func (m multiPop) options(k *call, at int) (keys []string, side bool, n int, err error) {
	keys, word, n, err := k.popOptions(at)
	if err == nil {
		side, err = m.where(word)
	}
	return keys, side, n, err
}

func (k *call) lmpop() error  { return multiPop{end, (*call).popFirst}.now(k) }
func (k *call) blmpop() error { return multiPop{end, (*call).popFirst}.blocking(k) }
