package redis

import (
	"context"
)

// odd ends a full pass that took most keys to be like others of their shape: it finds the keys of
// the types that the listings waiting for this pass have to have in full.
func (w *walker) odd(ctx context.Context, l *lane) error {
	if !l.full || l.thorough {
		return nil
	}
	for _, typ := range []string{"list", "stream", "zset"} {
		if !w.wantsEvery(typ) {
			continue
		}
		for first := true; first || l.cursor != "0"; first = false {
			if err := ctx.Err(); err != nil {
				return err
			}
			found, err := l.scan(ctx, "TYPE", typ)
			if err != nil {
				return err
			}
			if err := w.examine(ctx, l, w.unusual(found, typ)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walker) wantsEvery(typ string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.every[typ] > 0
}

// unusual returns the names whose shape would not have them of this type.
func (w *walker) unusual(found []string, typ string) (out []sighting) {
	w.shapes.mu.Lock()
	defer w.shapes.mu.Unlock()
	for _, name := range found {
		if sh := w.shapes.of(name); !sh.settled() || sh.most.typ != typ {
			out = append(out, sighting{name: name, sample: true})
		}
	}
	return out
}
