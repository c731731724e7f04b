package redis

import (
	"context"
	"time"
)

// want keeps the walker going and returns how far it is. A complete query waits for a pass
// that began after it.
//
// A complete query names the type that it must have every key of, "" for none.
func (w *walker) want(ctx context.Context, complete bool, typ string) (walkState, error) {
	w.mu.Lock()
	w.wanted = time.Now()
	first := !w.started
	if first {
		w.started = true
		go w.run()
	}
	goal := w.begun + 1
	if complete {
		w.hurry++
		w.every[typ]++
		w.asker = ctx
		defer w.waited(typ)
	}
	w.nudge()
	state, full := w.state, w.full
	w.mu.Unlock()
	if complete {
		return w.await(ctx, goal)
	}
	if first {
		timer := time.NewTimer(firstWait)
		defer timer.Stop()
		select {
		case <-full:
		case <-timer.C:
		case <-ctx.Done():
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		state = w.state
	}
	return state, nil
}

// waited ends the wait of a complete query.
func (w *walker) waited(typ string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.every[typ]--
	if w.hurry--; w.hurry == 0 {
		w.asker = nil
	}
}

// await waits until the pass of a number at full speed, or a later one, has ended.
func (w *walker) await(ctx context.Context, goal uint64) (walkState, error) {
	for {
		w.mu.Lock()
		full, ended, err, state := w.full, w.fulls, w.fullErr, w.fullState
		w.mu.Unlock()
		if ended >= goal {
			return state, err
		}
		select {
		case <-full:
		case <-ctx.Done():
			return state, w.s.at.fault("", ctx.Err())
		case <-w.ctx.Done():
			return state, w.s.at.fault("", errClosed)
		}
	}
}

// nudge wakes the goroutine; the caller holds mu.
func (w *walker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *walker) hurried() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hurry > 0
}

// unsettled: a rule was switched off since the present pass began.
func (w *walker) unsettled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.anew
}

func (w *walker) needed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hurry > 0 || time.Since(w.wanted) < lease
}

// nudgeOthers passes a wake-up on: each lane of a pass may sleep.
func (w *walker) nudgeOthers() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nudge()
}
