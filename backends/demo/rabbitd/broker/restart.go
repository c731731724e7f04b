package broker

// Restart leaves what a node has after it was killed and started again: users, virtual hosts,
// policies and durable exchanges, durable queues with their persistent messages, quorum and stream
// queues with all of theirs. Connections end without a word, alarms are over, counters begin anew.
func (b *Broker) Restart() {
	b.lock()
	defer b.unlock()
	for _, c := range b.sortedConns() {
		c.close()
	}
	for _, v := range b.vhosts {
		for _, q := range v.sortedQueues() {
			q.restart()
		}
		for _, x := range v.sortedExchanges() {
			x.restart()
		}
	}
	b.stats, b.churn, b.bytesIn, b.bytesOut = tally{}, Churn{}, 0, 0
	b.memoryAlarm, b.diskAlarm = false, false
	b.raise()
}

func (q *queue) restart() {
	if !q.durable {
		q.delete()
		return
	}
	q.stats = tally{}
	for _, p := range q.exchanges {
		p.stats = tally{}
	}
	if q.kind != Classic {
		return
	}
	var kept []*entry
	q.store.drain(func(e *entry) {
		if e.msg.persistent {
			kept = append(kept, e)
		} else {
			q.drop(e)
		}
	})
	q.readyLoad = load{}
	for _, e := range kept {
		q.readyLoad.add(e.msg, 1)
		q.store.push(e)
	}
}

func (x *exchange) restart() {
	if x.stats = (tally{}); !x.durable {
		x.delete()
	}
}
