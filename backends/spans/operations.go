package spans

import (
	"cmp"
	"slices"
	"time"
)

// operationKey is what the spans of an operation have in common.
type operationKey struct{ service, scope, name, kind string }

// timing is what statistics need to know of one span.
type timing struct {
	op           int // index of the operation
	trace        int // number of the trace
	id, parent   uint64
	start, took  int64 // nanoseconds
	failed, want bool  // want: the span is to be counted, not only as a child
}

// operations makes the statistics of spans whose operations have the given keys, those with the
// greatest total time first.
func operations(keys []operationKey, list []timing) []Operation {
	byOp := make([][]int64, len(keys))
	ops := make([]Operation, len(keys))
	covered := childTime(list)
	for i := range list {
		t := &list[i]
		if !t.want {
			continue
		}
		op := &ops[t.op]
		byOp[t.op] = append(byOp[t.op], t.took)
		op.Count++
		op.Total += time.Duration(t.took)
		op.Self += time.Duration(t.took - covered[i])
		if t.failed {
			op.Errors++
		}
	}
	for i, took := range byOp {
		slices.Sort(took)
		k, op := keys[i], &ops[i]
		op.Service, op.Scope, op.Name, op.Kind = k.service, k.scope, k.name, k.kind
		op.P50, op.P95, op.P99, op.Max = quantile(took, 50), quantile(took, 95), quantile(took, 99), quantile(took, 100)
	}
	ops = slices.DeleteFunc(ops, func(o Operation) bool { return o.Count == 0 })
	slices.SortStableFunc(ops, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Kind, b.Kind))
	})
	return ops
}

// quantile is the smallest of sorted values that at least percent of them do not exceed
// (nearest rank).
func quantile(sorted []int64, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return time.Duration(sorted[max((len(sorted)*percent+99)/100, 1)-1])
}

// childTime returns for each span how long at least one of its children ran within it.
func childTime(list []timing) []int64 {
	type place struct {
		trace int
		id    uint64
	}
	at := make(map[place]int, len(list))
	for i := range list {
		at[place{list[i].trace, list[i].id}] = i
	}
	order := make([]int, 0, len(list))
	parents := make([]int, len(list))
	for i := range list {
		if p, ok := at[place{list[i].trace, list[i].parent}]; ok && list[i].parent != 0 && p != i {
			parents[i] = p
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(parents[a], parents[b]), cmp.Compare(list[a].start, list[b].start))
	})
	covered := make([]int64, len(list))
	last, until := -1, int64(0)
	for _, i := range order {
		p := parents[i]
		from, to := list[p].start, list[p].start+list[p].took
		if p != last {
			last, until = p, from
		}
		start, end := max(list[i].start, until), min(list[i].start+list[i].took, to)
		if end > start {
			covered[p] += end - start
			until = end
		}
	}
	return covered
}
