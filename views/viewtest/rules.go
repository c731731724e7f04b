package viewtest

import "bustop/backends"

// SwitchOff implements backends.ProfileSwitch.
func (s *Source) SwitchOff(profile string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = append(s.off, profile)
}

// OriginOf implements backends.ProfileSwitch: rules come with the program but for "list" and "own".
func (s *Source) OriginOf(profile string) backends.ProfileOrigin {
	switch profile {
	case "list":
		return backends.ByType
	case "own":
		return backends.OwnProfile
	}
	return backends.BuiltIn
}

// Off are the rules that were switched off.
func (s *Source) Off() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.off
}
