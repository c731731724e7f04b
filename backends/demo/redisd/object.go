package redisd

import (
	"strings"

	"bustop/backends/demo/redisd/internal/resp"
)

func score(f float64) string { return resp.FormatDouble(f) }

func objectHandlers() map[string]handler {
	return map[string]handler{
		"object|encoding": func(k *call) error {
			return k.object(func(e *entry) error { k.w.Bulk(k.n.encoding(k.db, e)); return nil })
		},
		"object|idletime": func(k *call) error {
			return k.object(func(e *entry) error {
				if k.n.lfu() {
					return failure("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
				}
				k.w.Int(int64(k.now.Sub(e.used).Seconds()))
				return nil
			})
		},
		"object|freq": func(k *call) error {
			return k.object(func(e *entry) error {
				if !k.n.lfu() {
					return failure("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.")
				}
				k.w.Int(int64(e.uses))
				return nil
			})
		},
		"object|refcount": func(k *call) error { return k.object(k.refcount) },
	}
}

// object answers about a key, null when it is not there.
func (k *call) object(answer func(*entry) error) error {
	e := k.find(k.args[2])
	if e == nil {
		k.w.Null()
		return nil
	}
	return answer(e)
}

// lfu reports whether the policy counts uses.
func (n *node) lfu() bool {
	return strings.HasSuffix(n.conf.values["maxmemory-policy"], "-lfu")
}

// refcount is 1, or that of the shared small integers.
func (k *call) refcount(e *entry) error {
	if k.n.encoding(k.db, e) == "int" && k.n.conf.number("maxmemory") == 0 {
		v, _, err := k.text(e.name)
		if err != nil {
			return err
		}
		if n, err := integer(v); err == nil && n >= 0 && n < 10000 && !e.raw {
			k.w.Int(1<<31 - 1)
			return nil
		}
	}
	k.w.Int(1)
	return nil
}
