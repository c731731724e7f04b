package streams

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// promptJump asks where to go in the stream.
func (s *detail) promptJump() tea.Cmd {
	s.deps.Nav.Prompt("Jump to", "an id, or a time: -5m  14:03  2026-11-23T10:00  first  last", "", s.jump)
	return nil
}

// jump shows the entries from a position or a time on.
func (s *detail) jump(text string) tea.Cmd {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	from, where := text, "from "+ui.Clean(text)
	if at, ok := backends.ParseMoment(text, s.deps.Now()); ok {
		from, where = at.Format(time.RFC3339Nano), "from "+when(at, "", s.deps.Now())
	}
	name, role := s.item.Value.Name, s.item.Source.Roles().Streams
	return s.browse(where, false, "nothing is there: the stream ends before", func(ctx context.Context) ([]backends.Message, error) {
		return role.ReadStream(ctx, name, from, pageCount)
	})
}

// older shows the page of entries before those shown.
func (s *detail) older() tea.Cmd {
	pager, _ := s.item.Source.Roles().Streams.(backends.StreamPager)
	oldest, _, ok := s.Ends()
	if pager == nil || !ok {
		return nil
	}
	name := s.item.Value.Name
	return s.browse("before "+ui.Clean(oldest.Position), true, "this is the stream's beginning", func(ctx context.Context) ([]backends.Message, error) {
		return pager.ReadStreamBefore(ctx, name, oldest.Position, pageCount)
	})
}

// newer shows the page of entries after those shown.
func (s *detail) newer() tea.Cmd {
	_, newest, ok := s.Ends()
	if !ok {
		return nil
	}
	name, role := s.item.Value.Name, s.item.Source.Roles().Streams
	return s.browse("after "+ui.Clean(newest.Position), false, "this is the stream's end so far; esc follows it", func(ctx context.Context) ([]backends.Message, error) {
		found, err := role.ReadStream(ctx, name, newest.Position, pageCount+1)
		if len(found) > 0 && found[0].Position == newest.Position {
			found = found[1:]
		}
		return found, err
	})
}

// browse reads a part of the stream and shows it in the place of what is shown; when nothing is there
// it says so and leaves the screen as it is.
func (s *detail) browse(where string, last bool, nothing string, read func(context.Context) ([]backends.Message, error)) tea.Cmd {
	s.turn++
	turn := s.turn
	return views.Work(s.deps, "read stream "+ui.CleanPlain(s.item.Value.Name), read, func(found []backends.Message, err error) {
		switch {
		case s.turn != turn:
		case err != nil:
			s.deps.Nav.Toast(views.ErrorText(err))
		case len(found) == 0:
			s.deps.Nav.Toast(nothing)
		default:
			s.stop() // the tail is not looked at any more
			s.browsing, s.opening, s.failure = true, false, nil
			opt := s.options(nil, found)
			opt.Where = where
			s.Restart(opt)
			if last {
				s.Last()
			}
		}
	})
}

func (s *detail) needsPager() string {
	if _, ok := s.item.Source.Roles().Streams.(backends.StreamPager); !ok {
		return "streams of this server are read forwards only; @ jumps"
	}
	if _, _, ok := s.Ends(); !ok {
		return "no entries are shown"
	}
	return ""
}

func (s *detail) needsBrowsing() string {
	if !s.browsing {
		return "this is the stream's end"
	}
	return ""
}
