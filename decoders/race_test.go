//go:build race

package decoders

// raced says that the race detector makes everything many times slower.
const raced = true
