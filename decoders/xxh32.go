package decoders

import (
	"encoding/binary"
	"math/bits"
)

// The primes of XXH32 (xxHash, doc/xxhash_spec.md).
const (
	xxPrime1 = 2654435761
	xxPrime2 = 2246822519
	xxPrime3 = 3266489917
	xxPrime4 = 668265263
	xxPrime5 = 374761393
)

// xxh32 is XXH32 with seed 0, the checksum of lz4 frames.
func xxh32(d []byte) uint32 {
	total := uint32(len(d))
	sum := uint32(xxPrime5)
	if len(d) >= 16 {
		one, two := uint32(xxPrime1), uint32(xxPrime2)
		lanes := [4]uint32{one + two, two, 0, -one}
		for ; len(d) >= 16; d = d[16:] {
			for i := range lanes {
				lanes[i] = bits.RotateLeft32(lanes[i]+binary.LittleEndian.Uint32(d[4*i:])*xxPrime2, 13) * xxPrime1
			}
		}
		sum = bits.RotateLeft32(lanes[0], 1) + bits.RotateLeft32(lanes[1], 7) +
			bits.RotateLeft32(lanes[2], 12) + bits.RotateLeft32(lanes[3], 18)
	}
	sum += total
	for ; len(d) >= 4; d = d[4:] {
		sum = bits.RotateLeft32(sum+binary.LittleEndian.Uint32(d)*xxPrime3, 17) * xxPrime4
	}
	for _, c := range d {
		sum = bits.RotateLeft32(sum+uint32(c)*xxPrime5, 11) * xxPrime1
	}
	sum = (sum ^ sum>>15) * xxPrime2
	sum = (sum ^ sum>>13) * xxPrime3
	return sum ^ sum>>16
}
