//go:build !race

package decoders

import "time"

// longest is what any payload may take.
const longest = 250 * time.Millisecond
