package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// pinEdit is a file while its pins are edited. Lines are counted from 1.
type pinEdit struct {
	data []byte
	pins []pinText // what the pins are to be
}

var errShape = errors.New("its pins are not written as a list with a line for each")

// section finds the value of decode and of its pins, nil for what is not there.
func (e *pinEdit) section() (decode, pins *ast.MappingValueNode, err error) {
	var file *ast.File
	err = guarded(func() (err error) {
		file, err = parser.ParseBytes(e.data, parser.ParseComments)
		return err
	})
	if err != nil || len(file.Docs) > 1 {
		return nil, nil, errors.New("is not one document")
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, nil, nil
	}
	if _, comment := file.Docs[0].Body.(*ast.CommentGroupNode); comment {
		return nil, nil, nil
	}
	decode, err = entry(file.Docs[0].Body, "decode")
	if err != nil || decode == nil || isNull(decode.Value) {
		return decode, nil, err
	}
	pins, err = entry(decode.Value, "pins")
	return decode, pins, err
}

// entry finds a key of a mapping in block style.
func entry(node ast.Node, key string) (*ast.MappingValueNode, error) {
	var values []*ast.MappingValueNode
	switch m := node.(type) {
	case *ast.MappingNode:
		if m.IsFlowStyle {
			return nil, errShape
		}
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, errShape
	}
	for _, v := range values {
		if v.Key.GetToken().Value == key {
			return v, nil
		}
	}
	return nil, nil
}

func isNull(node ast.Node) bool {
	_, null := node.(*ast.NullNode)
	return node == nil || null
}

// insert puts a pin in front of the others.
func (e *pinEdit) insert(p pinText) error {
	decode, pins, err := e.section()
	if err != nil {
		return err
	}
	e.pins = append([]pinText{p}, e.pins...)
	item := func(indent int) []string {
		pad := strings.Repeat(" ", indent)
		return []string{pad + "- match: " + quoted(p.match), pad + "  as: " + quoted(p.as)}
	}
	if decode == nil {
		lines := append([]string{"decode:", "  pins:"}, item(4)...)
		if len(bytes.TrimSpace(e.data)) > 0 {
			lines = append([]string{""}, lines...)
		}
		e.splice(e.lines(), lines)
		return nil
	}
	at := decode.Key.GetToken().Position
	if pins == nil {
		if !isNull(decode.Value) {
			return errShape
		}
		e.splice(at.Line, append([]string{strings.Repeat(" ", at.Column+1) + "pins:"}, item(at.Column+3)...))
		return nil
	}
	at = pins.Key.GetToken().Position
	indent := at.Column + 1
	switch list := pins.Value.(type) {
	case *ast.NullNode:
	case *ast.SequenceNode:
		switch {
		case !list.IsFlowStyle && len(list.Entries) > 0:
			indent = list.Entries[0].Start.Position.Column - 1
		case list.IsFlowStyle && len(list.Values) == 0 && list.Start.Position.Line == at.Line:
			e.emptyList(at.Line)
		default:
			return errShape
		}
	default:
		return errShape
	}
	e.splice(at.Line, item(indent))
	return nil
}

// emptyList takes the [] out of a line.
func (e *pinEdit) emptyList(line int) {
	from, to := e.offset(line), e.offset(line+1)
	text := emptyBrackets.ReplaceAll(e.data[from:to], []byte("$1"))
	e.data = append(append(bytes.Clone(e.data[:from]), text...), e.data[to:]...)
}

var emptyBrackets = regexp.MustCompile(`^( *[a-z"']+ *:) *\[ *\]`)

// remove takes out the pins with a pattern.
func (e *pinEdit) remove(match string) error {
	for i := 0; i < len(e.pins); {
		if e.pins[i].match != match {
			i++
			continue
		}
		_, pins, err := e.section()
		if err != nil {
			return err
		}
		list, ok := pins.Value.(*ast.SequenceNode)
		if !ok || list.IsFlowStyle || len(list.Entries) != len(e.pins) {
			return errShape
		}
		from := list.Entries[i].Start.Position.Line
		e.cut(from, max(from, lastLine(list.Values[i])))
		e.pins = append(append([]pinText{}, e.pins[:i]...), e.pins[i+1:]...)
	}
	if len(e.pins) == 0 {
		e.pins = nil
	}
	return nil
}

// lastLine is the last line on which something of a node begins.
func lastLine(node ast.Node) int {
	last := 0
	ast.Walk(lineVisitor{&last}, node)
	return last
}

type lineVisitor struct{ last *int }

// Visit implements ast.Visitor. Comments behind the node hang on it and are no part of it.
func (v lineVisitor) Visit(node ast.Node) ast.Visitor {
	if node.Type() == ast.CommentType || node.Type() == ast.CommentGroupType {
		return nil
	}
	if token := node.GetToken(); token != nil && token.Position != nil {
		*v.last = max(*v.last, token.Position.Line)
	}
	return v
}

// lines counts the lines, a last one without its end too.
func (e *pinEdit) lines() int {
	n := bytes.Count(e.data, []byte("\n"))
	if len(e.data) > 0 && e.data[len(e.data)-1] != '\n' {
		n++
	}
	return n
}

// offset is where a line begins.
func (e *pinEdit) offset(line int) int {
	at := 0
	for range line - 1 {
		next := bytes.IndexByte(e.data[at:], '\n')
		if next < 0 {
			return len(e.data)
		}
		at += next + 1
	}
	return at
}

// splice puts lines behind a line, with the ends that the file's lines have.
func (e *pinEdit) splice(behind int, lines []string) {
	end := "\n"
	if bytes.Contains(e.data, []byte("\r\n")) {
		end = "\r\n"
	}
	at := e.offset(behind + 1)
	text := strings.Join(lines, end) + end
	if at > 0 && e.data[at-1] != '\n' {
		text = end + text
	}
	e.data = append(append(bytes.Clone(e.data[:at]), text...), e.data[at:]...)
}

// cut takes lines out.
func (e *pinEdit) cut(from, to int) {
	e.data = append(bytes.Clone(e.data[:e.offset(from)]), e.data[e.offset(to+1):]...)
}

// plainScalar are texts that YAML reads as themselves without quotes.
var plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*(?::?[A-Za-z0-9_./*?-]+)*(?: → [A-Za-z0-9_./:-]+)*$`)

// quoted writes a text as a YAML scalar, in quotes where it needs them. A text in JSON's quotes is one
// in YAML's.
func quoted(s string) string {
	if plainScalar.MatchString(s) {
		return s
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSpace(out.String())
}
