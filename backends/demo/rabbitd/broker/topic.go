package broker

import (
	"iter"
	"slices"
	"strings"
)

// words splits a routing key or a pattern at its dots. The empty one has no words.
func words(key string) iter.Seq[string] {
	if key == "" {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(key, ".")
}

// node is one word in the tree of a topic exchange's patterns. `*` stands for one word, `#` for any
// number of words.
type node struct {
	word     string
	parent   *node
	children map[string]*node
	star     *node
	hash     *node
	ends     []*binding // patterns that end here
	// visited is the step at which matching met the node last, so that none is met twice in a step
	// and matching costs no more than nodes times words.
	visited uint64
}

func (n *node) child(word string) **node {
	switch word {
	case "*":
		return &n.star
	case "#":
		return &n.hash
	}
	return nil
}

func (n *node) add(pattern string, bd *binding) {
	for word := range words(pattern) {
		if slot := n.child(word); slot != nil {
			if *slot == nil {
				*slot = &node{word: word, parent: n}
			}
			n = *slot
			continue
		}
		next := n.children[word]
		if next == nil {
			next = &node{word: word, parent: n}
			if n.children == nil {
				n.children = map[string]*node{}
			}
			n.children[word] = next
		}
		n = next
	}
	n.ends = append(n.ends, bd)
}

func (n *node) remove(pattern string, bd *binding) {
	for word := range words(pattern) {
		next := n.children[word]
		if slot := n.child(word); slot != nil {
			next = *slot
		}
		if next == nil {
			return
		}
		n = next
	}
	n.ends = slices.DeleteFunc(n.ends, func(other *binding) bool { return other == bd })
	n.prune()
}

// prune cuts the branches that lead nowhere any more.
func (n *node) prune() {
	for n.parent != nil && len(n.ends) == 0 && len(n.children) == 0 && n.star == nil && n.hash == nil {
		up := n.parent
		if slot := up.child(n.word); slot != nil {
			*slot = nil
		} else {
			delete(up.children, n.word)
		}
		n = up
	}
}

// match visits the bindings whose patterns match the key. It goes from word to word with the set of
// all places of the tree where the words so far may have led.
func (b *Broker) match(root *node, key string, visit func(*binding)) {
	b.visit++
	now := b.reach(b.scope[:0], root)
	// from is where the set for the present word begins in the scratch.
	from := 0
	for word := range words(key) {
		b.visit++
		to := len(now)
		for i := from; i < to; i++ {
			n := now[i]
			if n.word == "#" && n.parent != nil {
				now = b.reach(now, n)
			}
			now = b.reach(now, n.star)
			now = b.reach(now, n.children[word])
		}
		if from = to; len(now) == from {
			break
		}
	}
	for _, n := range now[from:] {
		for _, bd := range n.ends {
			visit(bd)
		}
	}
	clear(now)
	b.scope = now[:0]
}

// reach adds a node and what `#` for no word leads to.
func (b *Broker) reach(set []*node, n *node) []*node {
	for ; n != nil && n.visited != b.visit; n = n.hash {
		n.visited = b.visit
		set = append(set, n)
	}
	return set
}
