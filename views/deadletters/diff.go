package deadletters

import (
	"strings"

	"bustop/backends"
	"bustop/decoders"
)

// maxLeaves bounds the values of a payload that are compared.
const maxLeaves = 5000

// leaf is a value with the path to it. Kind is what it is on the wire, "" for what has no parts: the text
// "17" is not the number.
type leaf struct{ path, value, kind string }

// change is how a value differs between two messages.
type change uint8

const (
	same change = iota
	changed
	onlyLeft
	onlyRight
)

// difference is a line of a comparison.
type difference struct {
	path, left, right string
	change            change
}

// diff compares values by their paths, in the order of the left; what only the right has stands where it
// is there. A path that is there twice is compared in pairs.
func diff(left, right []leaf) []difference {
	left, right = numbered(left), numbered(right)
	values := make(map[string]leaf, len(right))
	for _, r := range right {
		values[r.path] = r
	}
	known := make(map[string]bool, len(left))
	for _, l := range left {
		known[l.path] = true
	}
	// after are the runs of values that only the right has, by the common path before them.
	after, last := map[string][]difference{}, ""
	for _, r := range right {
		if known[r.path] {
			last = r.path
		} else {
			after[last] = append(after[last], difference{path: r.path, right: r.value, change: onlyRight})
		}
	}
	out := make([]difference, 0, len(left)+len(right))
	out = append(out, after[""]...)
	for _, l := range left {
		d := difference{path: l.path, left: l.value, change: onlyLeft}
		if r, both := values[l.path]; both {
			d.right, d.change = r.value, same
			switch {
			case r.value != l.value:
				d.change = changed
			case r.kind != l.kind:
				d.left, d.right, d.change = l.value+" ("+l.kind+")", r.value+" ("+r.kind+")", changed
			}
		}
		out = append(append(out, d), after[l.path]...)
	}
	return out
}

// numbered tells paths apart that are there more than once.
func numbered(leaves []leaf) []leaf {
	seen := make(map[string]int, len(leaves))
	out := make([]leaf, len(leaves))
	for i, l := range leaves {
		for range seen[l.path] {
			l.path += "′"
		}
		seen[leaves[i].path]++
		out[i] = l
	}
	return out
}

// opener opens payloads, as views.Decoder does.
type opener interface {
	Decode(m backends.Message, as string) *decoders.Result
	DecodeField(m backends.Message, f backends.Field, as string) *decoders.Result
}

// leavesOf are all values of a message: what it is, its headers, its body.
func leavesOf(m backends.Message, open opener) []leaf {
	out := []leaf{
		{path: "routing key", value: m.Route},
		{path: "content type", value: m.ContentType},
		{path: "content encoding", value: m.ContentEncoding},
	}
	for _, f := range m.Headers {
		out = append(out, flat(f.Name, open.DecodeField(m, f, ""))...)
	}
	return append(out, flat("body", open.Decode(m, ""))...)
}

// flat are the values of a payload with their paths, or the payload itself when it has no parts.
func flat(name string, r *decoders.Result) []leaf {
	if r.Tree == nil || r.Tree.Len() < 2 {
		return []leaf{{path: name, value: r.Preview(maxPreview)}}
	}
	var (
		out   []leaf
		steps []string
	)
	for i := 0; i < r.Tree.Len() && len(out) < maxLeaves; i++ {
		depth := r.Tree.Depth(i)
		steps = append(steps[:min(depth, len(steps))], r.Tree.Key(i))
		if r.Tree.Branch(i) && r.Tree.Children(i) > 0 {
			continue
		}
		out = append(out, leaf{name + joined(steps), r.Tree.Value(i), r.Tree.Type(i)})
	}
	return out
}

// maxPreview cuts a payload without parts, in cells.
const maxPreview = 400

// joined writes the steps to a value: .items[0].sku
func joined(steps []string) string {
	var b strings.Builder
	for _, step := range steps {
		switch {
		case step == "":
		case strings.HasPrefix(step, "["):
			b.WriteString(step)
		default:
			b.WriteString("." + step)
		}
	}
	return b.String()
}
