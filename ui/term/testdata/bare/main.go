// Bare imports Bubble Tea without ui/term: what the test compares with.
package main

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
)

func main() { fmt.Println("started", tea.KeyEnter) }
