package config

import (
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// place is a position in the file, from 1.
type place struct{ line, column int }

func placeOf(node ast.Node) place {
	token := node.GetToken()
	if token == nil || token.Position == nil {
		return place{}
	}
	return place{token.Position.Line, token.Position.Column}
}

// Text is a value with its place in the file, so that a fault found later can be located.
type Text struct {
	Value string
	at    place
}

// textError is a fault found while the file is decoded.
type textError struct {
	at   place
	what string
}

func (e *textError) Error() string { return e.what }

// UnmarshalYAML takes any scalar.
func (t *Text) UnmarshalYAML(node ast.Node) error {
	t.at = placeOf(node)
	switch node.(type) {
	case ast.ScalarNode, *ast.LiteralNode:
	default:
		return &textError{t.at, "expected one value, not a list or a mapping"}
	}
	if _, null := node.(*ast.NullNode); null {
		return nil
	}
	if yaml.NodeToValue(node, &t.Value) != nil {
		return &textError{t.at, "expected text"}
	}
	return nil
}

// Password says where a password comes from. At most one of its fields is set.
type Password struct {
	// Literal stands in the file; ${NAME} in it is an environment variable.
	Literal Text
	// Env names an environment variable.
	Env Text
	// File names a file whose content is the password, but for one newline at its end.
	File Text
	// Command is run by the shell; its output is the password, but for one newline at its end.
	Command Text
}

// UnmarshalYAML takes a text or a mapping with one of the keys env, file and command.
func (p *Password) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(ast.MapNode)
	if !ok {
		return p.Literal.UnmarshalYAML(node)
	}
	sources := map[string]*Text{"env": &p.Env, "file": &p.File, "command": &p.Command}
	n := 0
	for entries := mapping.MapRange(); entries.Next(); n++ {
		text := sources[entries.Key().String()]
		if text == nil {
			return &textError{placeOf(entries.Key()), "a password has one of the keys env, file and command"}
		}
		if err := text.UnmarshalYAML(entries.Value()); err != nil {
			return err
		}
	}
	if n != 1 {
		return &textError{placeOf(node), "a password has exactly one of the keys env, file and command"}
	}
	return nil
}
