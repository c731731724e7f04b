package redis

import (
	"bustop/backends"
	"bustop/backends/redis/profile"
)

// switchOff forgets a rule. What it has recognised is forgotten, too, and found again by a pass that begins
// at once as what it is without it.
func (s *source) switchOff(name string) {
	if !s.profiles.SwitchOff(name) {
		return
	}
	w := s.walker
	w.catalog.disown(func(m *profile.Match) bool { return m.Profile.Name == name })
	w.shapes.clear()
	w.heavy.clear()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.anew = true
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

// SwitchOff implements backends.ProfileSwitch.
func (l queues) SwitchOff(profile string) { l.s.switchOff(profile) }

// OriginOf implements backends.ProfileSwitch.
func (l queues) OriginOf(profile string) backends.ProfileOrigin { return l.s.profiles.Origin(profile) }

// SwitchOff implements backends.ProfileSwitch.
func (l streams) SwitchOff(profile string) { l.s.switchOff(profile) }

// OriginOf implements backends.ProfileSwitch.
func (l streams) OriginOf(profile string) backends.ProfileOrigin { return l.s.profiles.Origin(profile) }

// SwitchOff implements backends.ProfileSwitch.
func (l locks) SwitchOff(profile string) { l.s.switchOff(profile) }

// OriginOf implements backends.ProfileSwitch.
func (l locks) OriginOf(profile string) backends.ProfileOrigin { return l.s.profiles.Origin(profile) }

// SwitchOff implements backends.ProfileSwitch.
func (l leaderboards) SwitchOff(profile string) { l.s.switchOff(profile) }

// OriginOf implements backends.ProfileSwitch.
func (l leaderboards) OriginOf(profile string) backends.ProfileOrigin {
	return l.s.profiles.Origin(profile)
}

// SwitchOff implements backends.ProfileSwitch.
func (k keys) SwitchOff(profile string) { k.s.switchOff(profile) }

// OriginOf implements backends.ProfileSwitch.
func (k keys) OriginOf(profile string) backends.ProfileOrigin { return k.s.profiles.Origin(profile) }

var (
	_ backends.ProfileSwitch = queues{}
	_ backends.ProfileSwitch = streams{}
	_ backends.ProfileSwitch = locks{}
	_ backends.ProfileSwitch = leaderboards{}
	_ backends.ProfileSwitch = keys{}
)
