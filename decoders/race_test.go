//go:build race

package decoders

import "time"

// longest is what any payload may take; the race detector makes everything many times slower.
const longest = 5 * time.Second
