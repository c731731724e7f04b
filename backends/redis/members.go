package redis

import (
	"slices"
	"sync"
)

// members are things that come and go while others go through them. The zero value is empty.
type members[T comparable] struct {
	mu  sync.Mutex
	are []T
}

func (m *members[T]) add(one T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.are = append(m.are, one)
}

func (m *members[T]) drop(one T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.are = slices.DeleteFunc(m.are, func(other T) bool { return other == one })
}

// all returns those of this moment, in a slice of its own.
func (m *members[T]) all() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.are)
}
