package broker

import "slices"

// transaction is what a channel in tx mode has collected since the last commit.
type transaction struct {
	publications []publication
	answers      []answer
}

// answer is an acknowledgement or rejection that waits for the commit.
type answer struct {
	op   op
	list []held
}

// TxSelect is tx.select.
func (ch *Channel) TxSelect() *Error {
	if !ch.begin() {
		return nil
	}
	if ch.confirms {
		return ch.end(NewError(PreconditionFailed, "cannot switch from confirm to tx mode"))
	}
	if ch.tx == nil {
		ch.tx = &transaction{}
	}
	return ch.end(nil)
}

// TxCommit is tx.commit.
func (ch *Channel) TxCommit() *Error {
	if !ch.begin() {
		return nil
	}
	if ch.tx == nil {
		return ch.end(NewError(PreconditionFailed, "channel is not transactional"))
	}
	tx := ch.tx
	ch.tx = &transaction{}
	failed := false
	for _, p := range tx.publications {
		if ch.deliver(p) {
			failed = true
		}
		ch.broker.release(p.msg)
	}
	for i, a := range tx.answers {
		if e := ch.apply(a.op, a.list); e != nil {
			ch.tx.answers = tx.answers[i+1:]
			return ch.end(e)
		}
	}
	if failed {
		return ch.end(NewError(PreconditionFailed, "partial tx completion"))
	}
	return ch.end(nil)
}

// TxRollback is tx.rollback: what was published is forgotten, what was acknowledged is held again.
func (ch *Channel) TxRollback() *Error {
	if !ch.begin() {
		return nil
	}
	if ch.tx == nil {
		return ch.end(NewError(PreconditionFailed, "channel is not transactional"))
	}
	ch.forgetTx()
	ch.tx = &transaction{}
	return ch.end(nil)
}

// forgetTx undoes what the channel has not committed.
func (ch *Channel) forgetTx() {
	if ch.tx == nil {
		return
	}
	for _, p := range ch.tx.publications {
		ch.broker.release(p.msg)
	}
	var back []held
	for _, a := range ch.tx.answers {
		back = slices.Concat(back, a.list)
	}
	ch.unacked.putBack(back)
	ch.tx = nil
}
