package decoders

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The extensions that MessagePack-CSharp wraps a whole message in (its README, "LZ4 compression"):
//
//	ext 99 (Lz4Block)       the unpacked size as a MessagePack integer, then one LZ4 block
//	ext 98 (Lz4BlockArray)  [ext 98 (size, size, …), bin block, bin block, …]
const (
	extLZ4Blocks = 98
	extLZ4Block  = 99
)

// extOf is the content of an extension of the wanted type at the start of d, as much of it as is
// there, and how many bytes it claims to take with its head.
func extOf(d []byte, want int8) (content []byte, size uint64, ok bool) {
	if len(d) < 2 || d[0] < 0xc7 || d[0] > 0xd8 { // the first and the last initial byte of extensions
		return nil, 0, false
	}
	h := gMsgpack.readHead(d)
	if h.kind != kindExt || h.ext != want {
		return nil, 0, false
	}
	return d[h.size:min(uint64(h.size)+h.arg, uint64(len(d)))], uint64(h.size) + h.arg, true
}

// msgpackLZ4Magic knows both forms by their heads. They must take all bytes or more: what follows
// them would belong to another message.
func msgpackLZ4Magic(d []byte) bool {
	if len(d) < 4 {
		return false
	}
	if k, size, items := msgpackLead(d, 0); k == kindArray && items >= 2 && size < len(d) {
		content, _, ok := extOf(d[size:], extLZ4Blocks)
		return ok && len(content) > 0
	}
	content, size, ok := extOf(d, extLZ4Block)
	if !ok || size < uint64(len(d)) || len(content) == 0 {
		return false
	}
	_, _, ok = msgpackSize(content)
	return ok
}

// msgpackSize reads an unpacked size.
func msgpackSize(d []byte) (size uint64, rest []byte, ok bool) {
	if len(d) == 0 {
		return 0, nil, false
	}
	h := gMsgpack.readHead(d)
	if h.kind != kindUint {
		return 0, nil, false
	}
	return h.arg, d[h.size:], true
}

var (
	errNoMsgpackLZ4 = errors.New("no extension 98 or 99 of MessagePack-CSharp begins here")
	errTrailing     = errors.New("bytes after the end")
	errCut          = io.ErrUnexpectedEOF
)

func unMsgpackLZ4(d []byte, limit int) unwrapped {
	return expand("msgpack-lz4", d, limit, func(d []byte, x *expansion) error {
		if !msgpackLZ4Magic(d) {
			return errNoMsgpackLZ4
		}
		if content, size, ok := extOf(d, extLZ4Block); ok {
			want, block, _ := msgpackSize(content)
			return x.sized(block, want, size > uint64(len(d)))
		}
		return msgpackBlocks(d, x)
	})
}

// sized unpacks an LZ4 block that must come to the size; cut says that bytes of it are missing.
func (x *expansion) sized(block []byte, size uint64, cut bool) error {
	from := x.size
	x.base = from
	err := x.block(&lz4Block{d: block})
	switch got := uint64(x.size - from); {
	case err != nil:
		return err
	case cut:
		return errCut
	case got != size:
		return fmt.Errorf("%w: %d bytes, not %d", errSize, got, size)
	}
	return nil
}

// msgpackBlocks unpacks the array of blocks.
func msgpackBlocks(d []byte, x *expansion) error {
	_, off, items := msgpackLead(d, 0)
	sizes, n, _ := extOf(d[off:], extLZ4Blocks)
	d = d[off:]
	d = d[min(n, uint64(len(d))):]
	for ; items > 1; items-- {
		size, rest, ok := msgpackSize(sizes)
		if !ok || len(d) == 0 {
			return errCut
		}
		sizes = rest
		h := gMsgpack.readHead(d)
		if h.kind == kindShort {
			return errCut
		}
		if h.kind != kindBytes {
			return errNoMsgpackLZ4
		}
		d = d[h.size:]
		block := d[:min(h.arg, uint64(len(d)))]
		if err := x.sized(block, size, uint64(len(block)) < h.arg); err != nil {
			return err
		}
		d = d[len(block):]
	}
	if len(d) > 0 {
		return errTrailing
	}
	return nil
}

// Flags that go-redis/cache puts after what it stores (its cache.go): values of less than 64 bytes
// are stored as MessagePack, others as an S2 block.
const (
	cacheStored    = 0
	cacheS2        = 1
	cacheThreshold = 64
)

var errCacheFlag = errors.New("the last byte is no flag of go-redis/cache")

// unRedisCache takes the flag off.
func unRedisCache(d []byte, limit int) unwrapped {
	const name = "go-redis-cache"
	if len(d) < 2 {
		return ended(name, nil, len(d), limit, errCacheFlag)
	}
	content := d[:len(d)-1]
	switch d[len(content)] {
	case cacheStored:
		return limited(name, content, len(d), limit, nil)
	case cacheS2:
		return expand(name, content, limit, func(d []byte, x *expansion) error { return snappyBare(d, x, true) })
	}
	return ended(name, nil, len(d), limit, errCacheFlag)
}

// redisCached reports whether d may be what go-redis/cache stores: a whole message with a container
// on top and the flag 0, or a block of a plausible size and the flag 1.
func redisCached(d []byte) bool {
	if len(d) < 4 {
		return false
	}
	content := d[:len(d)-1]
	switch d[len(content)] {
	case cacheStored:
		k, _, items := msgpackLead(content, 0)
		s := span{}
		if k.container() && items > 0 {
			s = msgpackSkip(content, 0)
		}
		return s.ok && s.end == len(content) && len(content) < cacheThreshold
	case cacheS2:
		claim, n := binary.Uvarint(content[:min(len(content), 5)])
		return n > 0 && claim >= cacheThreshold && n < len(content) && content[n]&3 == tagLiteral &&
			claim >= uint64(len(content)/2) && wholeSnappy(content, claim, true)
	}
	return false
}
