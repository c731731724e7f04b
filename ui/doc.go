// Package ui is the drawing kit of the console. It knows no broker: it turns clean strings into
// lines of an exact number of cells, and keys into actions.
//
// Three rules hold everywhere:
//
//   - Bytes from outside pass Clean (or CleanText, CleanPlain) once, at the boundary. All other
//     functions expect clean text: printable characters and SGR sequences ("\x1b[…m"), nothing else.
//   - A drawing function returns exactly h lines of exactly w cells.
//   - Width is measured in one way only, that of charmbracelet/x/ansi (Width).
package ui
