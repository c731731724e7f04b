package topology

import (
	"slices"
	"sync"

	"bustop/backends"
)

// sight is what is drawn now. Only that is measured, by the goroutine that asks the source.
type sight struct {
	mu    sync.Mutex
	shown []backends.Target
}

func (s *sight) set(shown []backends.Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = shown
}

func (s *sight) get() []backends.Target {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.shown)
}

// inSight are the places in the h lines that are drawn.
func (p *picture) inSight(h int) []backends.Target {
	var shown targets
	for _, l := range p.lines[min(p.top, len(p.lines)):min(p.top+h, len(p.lines))] {
		if l.of != "" {
			shown.add(exchangeNamed(l.of))
		}
		if l.shown {
			shown.add(l.place)
		}
	}
	return shown
}

// near are the places at most h rows from the selected one, those that are folded among them.
func (t *tree) near(h int) []backends.Target {
	var shown targets
	i := max(t.Index(), 0)
	for _, n := range t.nodes[max(min(i, len(t.nodes))-h, 0):min(i+h, len(t.nodes))] {
		shown.add(n.target)
	}
	return shown
}

// targets are places, each once.
type targets []backends.Target

func (t *targets) add(target backends.Target) {
	if !slices.Contains(*t, target) {
		*t = append(*t, target)
	}
}
