package decoders

import "encoding/hex"

// rowBytes is how many bytes a HexRow shows.
const rowBytes = 16

// HexRow is one line of a hex dump.
type HexRow struct {
	Offset int
	// Hex is "a3 66 …" with a second space after the eighth byte.
	Hex string
	// ASCII has a '.' for every byte that is not printable.
	ASCII string
	// MarkFrom and MarkTo are the marked columns, 0 to 16, the end not included; they are equal
	// when none is marked.
	MarkFrom, MarkTo int
}

// HexRows makes up to rows lines of data, beginning with the line that holds offset from. The bytes
// from markStart up to markEnd are marked.
func HexRows(data []byte, from, rows, markStart, markEnd int) []HexRow {
	from = max(from, 0) &^ (rowBytes - 1)
	if from >= len(data) || rows <= 0 {
		return nil
	}
	rows = min(rows, (len(data)-from+rowBytes-1)/rowBytes)
	out := make([]HexRow, rows)
	for i := range out {
		at := from + i*rowBytes
		line := data[at:min(at+rowBytes, len(data))]
		first := min(max(markStart-at, 0), len(line))
		out[i] = HexRow{
			Offset: at, Hex: hexLine(line), ASCII: asciiLine(line),
			MarkFrom: first, MarkTo: max(first, min(markEnd-at, len(line))),
		}
	}
	return out
}

func hexLine(line []byte) string {
	out := make([]byte, 0, 3*rowBytes+1)
	for i := range line {
		switch i {
		case 0:
		case rowBytes / 2:
			out = append(out, ' ', ' ')
		default:
			out = append(out, ' ')
		}
		out = hex.AppendEncode(out, line[i:i+1])
	}
	return string(out)
}

func asciiLine(line []byte) string {
	out := make([]byte, len(line))
	for i, c := range line {
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		out[i] = c
	}
	return string(out)
}
