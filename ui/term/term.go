// Package term settles one question before Bubble Tea is imported: whether the terminal's
// background is dark.
//
// Bubble Tea v1 asks the terminal for its background colour in an init function and waits five
// seconds when the terminal does not answer, for "bustop version" too. Answering the question
// for lipgloss first keeps Bubble Tea from asking. Go initialises ready packages in the order
// of their import paths, so this works as long as this package imports nothing but lipgloss and
// "bustop/ui/term" sorts before "github.com/charmbracelet/bubbletea". A test on a terminal that
// answers nothing holds it. The theme needs no answer: it uses the terminal's own sixteen colours.
package term

import "github.com/charmbracelet/lipgloss"

func init() { //nolint:gochecknoinits // see the package comment: nothing later is early enough
	lipgloss.SetHasDarkBackground(true)
}
