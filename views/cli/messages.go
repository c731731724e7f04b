package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/decoders"
	"bustop/ui"
	"bustop/views"
	"bustop/views/jsonout"
)

// previewWidth is how much of a payload a table shows where no terminal bounds it.
const previewWidth = 4096

// open decodes a message with what is known of where it is from.
func (p *messages) open(m backends.Message) *decoders.Result {
	m.Source = p.from.Source
	return p.app.decoder.Decode(m, "")
}

// messages prints messages as they come.
type messages struct {
	app  *app
	from jsonout.Origin
	list jsonList
	// widths are those of the widest cells so far, as a flow has no end to wait for.
	widths []int
	began  bool
	naming naming
}

// naming is what the rows of a table say of where messages are from. JSON always says it.
type naming struct{ targets, sources bool }

func (n naming) cells(from jsonout.Origin, m backends.Message) []string {
	switch {
	case n.sources:
		return []string{from.Source + ":" + m.Target.String()}
	case n.targets:
		return []string{m.Target.String()}
	}
	return nil
}

// reserve makes room for a target that is going to be named.
func (n naming) reserve(p *messages, from jsonout.Origin, target backends.Target) {
	if cells := n.cells(from, backends.Message{Target: target}); len(cells) > 0 {
		p.fit(append(cells, make([]string, len(messageColumns())-1)...))
	}
}

func (n naming) columns() []string {
	if n.targets || n.sources {
		return append([]string{"TARGET"}, messageColumns()...)
	}
	return messageColumns()
}

func (a *app) messages(from jsonout.Origin) *messages {
	return &messages{app: a, from: from, list: jsonList{app: a}}
}

// column headings of messages; the last one, the payload, takes what is left of the line.
func messageColumns() []string {
	return []string{"POSITION", "TIME", "ROUTE", "BYTES", "FORMAT", "PAYLOAD"}
}

// add prints messages. Columns grow to fit all of them.
func (p *messages) add(batch []backends.Message) {
	if p.app.flags.form != formTable {
		for _, m := range batch {
			var payload *decoders.Result
			if m.Gap == "" {
				payload = p.open(m)
			}
			p.list.add(jsonout.Message(nil, p.from, m, payload))
		}
		return
	}
	rows := make([][]string, len(batch))
	for i, m := range batch {
		rows[i] = p.cells(m)
		if m.Gap == "" {
			p.fit(rows[i][:len(rows[i])-1])
		}
	}
	if !p.began {
		p.began = true
		heading := p.naming.columns()
		p.fit(heading[:len(heading)-1])
		p.line(heading)
	}
	for i, m := range batch {
		if m.Gap != "" {
			fmt.Fprintln(p.app.out, cut("-- "+m.Time.UTC().Format(stamp)+" "+ui.CleanPlain(m.Gap), p.app.out.width()))
			continue
		}
		p.line(rows[i])
	}
}

// end closes what JSON needs closed.
func (p *messages) end() {
	if p.app.flags.form != formTable {
		p.list.end()
	}
}

func (p *messages) fit(cells []string) {
	if p.widths == nil {
		p.widths = make([]int, len(cells))
	}
	for i, cell := range cells {
		p.widths[i] = max(p.widths[i], ui.Width(cell))
	}
}

func (p *messages) line(cells []string) {
	var b strings.Builder
	for i, width := range p.widths {
		pad := strings.Repeat(" ", width-ui.Width(cells[i]))
		if p.naming.columns()[i] == "BYTES" {
			b.WriteString(pad + cells[i] + gap)
		} else {
			b.WriteString(cells[i] + pad + gap)
		}
	}
	b.WriteString(cells[len(cells)-1])
	fmt.Fprintln(p.app.out, cut(strings.TrimRight(b.String(), " "), p.app.out.width()))
}

// cells are the clean cells of a message.
func (p *messages) cells(m backends.Message) []string {
	if m.Gap != "" {
		return nil
	}
	payload := p.open(m)
	preview := payload.Preview(previewWidth)
	if payload.Fault != nil {
		preview = "(broken at byte " + strconv.Itoa(payload.Fault.Offset) + ") " + preview
	}
	when := views.Unknown
	if !m.Time.IsZero() {
		when = m.Time.UTC().Format(stamp)
	}
	row := append(p.naming.cells(p.from, m), orUnknown(m.Position), when, orUnknown(m.Route), strconv.Itoa(m.Size), payload.Chain())
	for i := range row {
		row[i] = ui.CleanPlain(row[i])
	}
	return append(row, cleanNotation(preview))
}

// dropped is the mark for messages that came faster than they could be printed.
func dropped(target backends.Target, n uint64) backends.Message {
	return backends.Message{
		Target: target, Time: time.Now(), TimeReceived: true,
		Gap: fmt.Sprintf("%d messages dropped: they came faster than they could be printed", n),
	}
}
