package redis

import (
	"bustop/backends"
	"bustop/backends/redis/profile"
)

// SwitchOff implements backends.ProfileSwitch. What the rule has recognised is forgotten, and found
// again by the next pass as what it is without it.
func (l queues) SwitchOff(name string) {
	if !l.s.profiles.SwitchOff(name) {
		return
	}
	w := l.s.walker
	w.catalog.disown(func(m *profile.Match) bool { return m.Profile.Name == name })
	w.shapes.clear()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nudge()
}

// disown forgets the objects of which the test holds.
func (c *catalog) disown(is func(*profile.Match) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.kinds {
		for name, e := range n.found {
			if e.match != nil && is(e.match) {
				delete(n.found, name)
				n.sorted = nil
			}
		}
	}
}

var _ backends.ProfileSwitch = queues{}
