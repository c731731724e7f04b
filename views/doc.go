// Package views holds what all screens share: the Screen contract, the Deps they may use, the
// Nav by which they open one another, and List, the live table behind most panes.
//
// One folder below holds one pane; views/app is the only tea.Model. It asks the screen in front
// to Sync at each tick and to Render when something changed. A screen pulls: it looks at feeds
// and rings, and never waits. What takes time runs in Work, whose result is applied on the
// event loop, so that screens need no locks.
package views
