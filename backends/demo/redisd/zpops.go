package redisd

// ends of a sorted set, for popping.
func lowest(all []scored, n int, low bool) []scored {
	n = min(n, len(all))
	if low {
		return append([]scored(nil), all[:n]...)
	}
	var out []scored
	for i := len(all) - 1; i >= len(all)-n; i-- {
		out = append(out, all[i])
	}
	return out
}

func (k *call) zpop() error {
	if len(k.args) > 3 {
		return errSyntax
	}
	n, flat := 1, len(k.args) == 2
	var err error
	if !flat {
		if n, err = count(k.args[2]); err != nil {
			return errRange
		}
	}
	all, err := k.zset(k.args[1])
	if err != nil {
		return err
	}
	popped := lowest(all, n, k.cmd.name == "zpopmin")
	k.members(popped, true, !flat)
	return k.zdrop(k.args[1], k.cmd.name, popped)
}

// zpopFirst pops from the first of the keys that has members.
func (k *call) zpopFirst(keys []string, low bool, n int, nested bool) (bool, error) {
	for _, name := range keys {
		all, err := k.zset(name)
		if err != nil {
			return false, err
		}
		if len(all) == 0 {
			continue
		}
		popped := lowest(all, n, low)
		if nested {
			k.w.Array(2)
			k.w.Bulk(name)
			k.w.Array(len(popped))
			for _, m := range popped {
				k.w.Array(2)
				k.w.Bulk(m.member)
				k.w.Double(m.score)
			}
		} else {
			k.w.Array(3)
			k.w.Bulk(name)
			k.w.Bulk(popped[0].member)
			k.w.Double(popped[0].score)
		}
		event := "zpopmax"
		if low {
			event = "zpopmin"
		}
		return true, k.zdrop(name, event, popped)
	}
	return false, nil
}

func (k *call) bzpop() error {
	wait, err := timeout(k.args[len(k.args)-1])
	if err != nil {
		return err
	}
	low := k.cmd.name == "bzpopmin"
	return k.blockingPop(k.args[1:len(k.args)-1], wait, func(k *call, keys []string) (bool, error) { return k.zpopFirst(keys, low, 1, false) })
}

// lowOrHigh reads MIN or MAX.
func lowOrHigh(word string) (low bool, err error) {
	if word == "MIN" {
		return true, nil
	}
	if word == "MAX" {
		return false, nil
	}
	return false, errSyntax
}

func (k *call) zmpop() error  { return multiPop{lowOrHigh, (*call).zpopFirst}.now(k) }
func (k *call) bzmpop() error { return multiPop{lowOrHigh, (*call).zpopFirst}.blocking(k) }
