package inspector

import (
	"context"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/decoders"
	"bustop/ui"
	"bustop/views"
)

// pin is what decides over the open part, unless the person has said otherwise.
func (s *Screen) pin() (views.Pin, bool) {
	if s.as != "" {
		return views.Pin{}, false
	}
	return s.deps.Decoder.PinOf(s.msg, s.field())
}

// choice is one line of a menu with what it does.
type choice struct {
	text string
	do   func() tea.Cmd
}

func (s *Screen) choose(title string, choices []choice) {
	options := make([]string, len(choices))
	for i, c := range choices {
		options[i] = c.text
	}
	s.deps.Nav.Choose(title, options, func(i int) tea.Cmd { return choices[i].do() })
}

// decodeAs lets a person say what the payload is: the formats that came close to the verdict first.
func (s *Screen) decodeAs() {
	as := func(text, as string) choice {
		return choice{text, func() tea.Cmd {
			s.decode(as)
			s.showTree()
			return nil
		}}
	}
	var choices []choice
	outer := ""
	for _, l := range s.result.Layers[:max(len(s.result.Layers)-1, 0)] {
		outer += l.Format + " → "
	}
	for _, g := range s.result.Also {
		if chain := outer + g.Format; decoders.CheckChain(chain) == nil {
			choices = append(choices, as(fmt.Sprintf("%s %.2f", ui.Clean(chain), g.Confidence), chain))
		}
	}
	choices = append(choices, as("detect", views.Detect))
	for _, name := range decoders.Formats() {
		choices = append(choices, as(name, name))
	}
	s.choose("Decode as", choices)
}

// nothingToKeep says why there is nothing to keep or to forget.
func (s *Screen) nothingToKeep() string {
	if _, pinned := s.deps.Decoder.PinOf(s.msg, s.field()); pinned || s.said() {
		return ""
	}
	return "say first what the payload is, with o"
}

// said reports whether the person has said what the payload is.
func (s *Screen) said() bool { return s.as != "" && s.as != views.Detect }

// keep lets a person make of what was said a pin, or take a pin away.
func (s *Screen) keep() {
	var choices []choice
	if s.said() {
		for _, p := range s.patterns() {
			choices = append(choices, choice{p.text, func() tea.Cmd { return s.setPin(views.Pin{Match: p.match, As: s.as}) }})
		}
	}
	if pin, pinned := s.deps.Decoder.PinOf(s.msg, s.field()); pinned {
		choices = append(choices, choice{
			"forget the pin of " + ui.Clean(pin.Match) + " as " + ui.Clean(pin.As),
			func() tea.Cmd { return s.dropPin(pin) },
		})
	}
	title := "Pins"
	if s.said() {
		title = "Always decode as " + ui.Clean(s.as)
	}
	s.choose(title, choices)
}

// pattern is what a pin may match, in words too.
type pattern struct{ text, match string }

// patterns are those offered for the open part: the object itself, its like, and the same of this source
// only, where there are several.
func (s *Screen) patterns() []pattern {
	kind, field := string(s.msg.Target.Kind), ""
	what := "this " + kind
	if f := s.field(); f != nil {
		what, field = "this field", "#"+ui.CleanPlain(f.Name)
	}
	name := ui.CleanPlain(s.msg.Target.Name)
	exact := kind + "/" + name + field
	all := []pattern{{what + " (" + ui.Clean(exact) + ")", exact}}
	if like := likeName(name); like != "" {
		like = kind + "/" + like + field
		all = append(all, pattern{ui.Clean(like), like})
	}
	if source := s.msg.Source; source != "" && s.deps.Several() {
		only := ui.CleanPlain(source) + ":" + exact
		all = append(all, pattern{"on this source only (" + ui.Clean(only) + ")", only})
	}
	return all
}

// likeName guesses the pattern of names that belong together: orders.* of orders.new, order:* of
// order:17, job-* of job-17; "" when the name tells nothing.
func likeName(name string) string {
	if i := strings.LastIndexAny(name, ".:/"); i > 0 && i < len(name)-1 {
		return name[:i+1] + "*"
	}
	base := strings.TrimRight(name, "0123456789")
	if len(base) < len(name) && len(base) > 1 && strings.ContainsAny(base[len(base)-1:], "-_") {
		return base + "*"
	}
	return ""
}

func (s *Screen) setPin(p views.Pin) tea.Cmd {
	return s.work("keep pin", func() error { return s.deps.Decoder.Pin(p) }, p.Match+" is "+p.As+" from now on")
}

func (s *Screen) dropPin(p views.Pin) tea.Cmd {
	return s.work("forget pin", func() error { return s.deps.Decoder.Unpin(p.Match) }, p.Match+" has no pin any more")
}

// work changes the pins and decodes by them. A change that cannot be written down holds nevertheless.
func (s *Screen) work(name string, do func() error, done string) tea.Cmd {
	part := s.part
	return views.Work(s.deps, name,
		func(context.Context) (struct{}, error) { return struct{}{}, do() },
		func(_ struct{}, err error) {
			if err != nil {
				done += ", until bustop ends: " + err.Error()
			}
			s.deps.Nav.Toast(done)
			if s.part == part {
				s.decode("")
				s.showTree()
			}
		})
}
