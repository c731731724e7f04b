package decoders

import (
	"encoding/binary"
	"fmt"
	"math"
)

// numbers tells what a payload of 1, 2, 4 or 8 bytes is as a number, to stand behind a reason; ""
// for other lengths. Both byte orders are shown where they differ.
func numbers(d []byte) string {
	if n := len(d); n != 1 && n != 2 && n != 4 && n != 8 {
		return ""
	}
	out := fmt.Sprintf("; %s:", plural(len(d), "byte"))
	for i, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		name := []string{"big-endian", "little-endian"}[i]
		switch len(d) {
		case 1:
			return fmt.Sprintf("%s int8 %d, uint8 %d", out, int8(d[0]), d[0])
		case 2:
			v := order.Uint16(d)
			out += fmt.Sprintf(" %s int16 %d%s", name, int16(v), unsigned(uint64(v), int16(v) < 0))
		case 4:
			v := order.Uint32(d)
			out += fmt.Sprintf(" %s int32 %d%s", name, int32(v), unsigned(uint64(v), int32(v) < 0))
			out += floating(head{kind: kindFloat, width: 4, arg: uint64(v)})
		default:
			v := order.Uint64(d)
			out += fmt.Sprintf(" %s int64 %d%s", name, int64(v), unsigned(v, int64(v) < 0))
			out += floating(head{kind: kindFloat, width: 8, arg: v})
		}
		if i == 0 {
			out += ","
		}
	}
	return out
}

func unsigned(v uint64, differs bool) string {
	if !differs {
		return ""
	}
	return fmt.Sprintf(" (unsigned %d)", v)
}

// floating is the value as a float when it is one that people send.
func floating(h head) string {
	v := h.float()
	if v == 0 || math.IsInf(v, 0) || floatBits(h) <= 0 {
		return ""
	}
	return fmt.Sprintf(" float%d %s", int(h.width)*8, appendFloat(nil, v, int(h.width)*8))
}
