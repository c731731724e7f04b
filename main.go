// Bustop is a terminal console for the places where messages live.
package main

import _ "bustop/ui/term" // first: see its package comment

func main() {}
