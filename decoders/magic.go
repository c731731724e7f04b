package decoders

import "encoding/binary"

// fileMagic is a file format that is known by bytes at a fixed place. Such a payload is named, not
// read.
type fileMagic struct {
	format string
	at     int
	magic  string
}

// fileMagics lists the formats whose first byte is c, and those whose magic is not at the start.
// The magics are those of the formats' specifications.
func fileMagics(c byte) []fileMagic {
	switch c {
	case 0x89:
		return []fileMagic{{"png", 0, "\x89PNG\r\n\x1a\n"}, {"hdf5", 0, "\x89HDF\r\n\x1a\n"}}
	case 0xff:
		return []fileMagic{{"jpeg", 0, "\xff\xd8\xff"}}
	case 'G':
		return []fileMagic{{"gif", 0, "GIF87a"}, {"gif", 0, "GIF89a"}}
	case '%':
		return []fileMagic{{"pdf", 0, "%PDF-"}}
	case 0x7f:
		return []fileMagic{{"elf", 0, "\x7fELF"}}
	case 'P':
		return []fileMagic{{"zip", 0, "PK\x03\x04"}, {"zip", 0, "PK\x05\x06"}, {"parquet", 0, "PAR1"}}
	case 0xac:
		return []fileMagic{{"java", 0, "\xac\xed\x00\x05"}}
	case 0xca:
		return []fileMagic{{"java class", 0, "\xca\xfe\xba\xbe\x00"}}
	case 'b':
		return []fileMagic{{"bplist", 0, "bplist0"}}
	case 'O':
		return []fileMagic{{"avro", 0, "Obj\x01"}, {"ogg", 0, "OggS\x00"}, {"orc", 0, "ORC\x08"}}
	case 'H':
		return []fileMagic{{"hyperloglog", 0, "HYLL\x00"}, {"hyperloglog", 0, "HYLL\x01"}}
	case 'S':
		return []fileMagic{{"sqlite", 0, "SQLite format 3\x00"}}
	case 'R':
		return []fileMagic{
			{"webp", 8, "WEBP"},
			{"wav", 8, "WAVEfmt "},
			{"avi", 8, "AVI LIST"},
			{"rdb", 0, "REDIS00"},
			{"rar", 0, "Rar!\x1a\x07"},
		}
	default:
		return moreMagics(c)
	}
}

func moreMagics(c byte) []fileMagic {
	switch c {
	case '7':
		return []fileMagic{{"7z", 0, "7z\xbc\xaf\x27\x1c"}}
	case 'A':
		return []fileMagic{{"arrow", 0, "ARROW1\x00\x00"}}
	case 'I':
		return []fileMagic{{"tiff", 0, "II*\x00"}, {"mp3", 0, "ID3\x03\x00"}, {"mp3", 0, "ID3\x04\x00"}}
	case 'M':
		return []fileMagic{{"tiff", 0, "MM\x00*"}}
	case 'f':
		return []fileMagic{{"flac", 0, "fLaC\x00"}}
	case 'w':
		return []fileMagic{{"woff2", 0, "wOF2\x00\x01"}, {"woff", 0, "wOFF\x00\x01"}}
	case ':':
		return []fileMagic{{"smile", 0, ":)\n"}}
	case 0x00:
		return []fileMagic{{"wasm", 0, "\x00asm\x01\x00\x00\x00"}, {"mp4", 4, "ftyp"}}
	default:
		return nil
	}
}

// named recognises formats that are reported by name: files by their magic, and the serialisations
// of languages, which are never executed. data is not text.
func (d *decoding) named(data []byte) *Result {
	if len(data) < 4 {
		return nil
	}
	for _, m := range fileMagics(data[0]) {
		if len(data) >= m.at+len(m.magic) && string(data[m.at:m.at+len(m.magic)]) == m.magic {
			return d.name(m.format, data, "magic "+magicText(m.magic), 0.99)
		}
	}
	if len(data) > 262 && string(data[257:262]) == "ustar" {
		return d.name("tar", data, "magic ustar", 0.99)
	}
	if w, ok := bsonWhole(data, d.limits); ok {
		r := d.result("bson", data, w)
		r.Layers[0].Reason, r.Layers[0].Confidence = r.Tree.describe("its length, exact end, "), bsonConfidence(data)
		return r
	}
	switch {
	case isPickle(data):
		return d.serialised(formatPickle, data, "protocol "+string('0'+rune(data[1]))+", ends with the stop code", 0.99, 0.95)
	case isRubyMarshal(data):
		return d.serialised(formatRuby, data, "version 4.8, then a type", 0.98, 0.93)
	case isPHP(data):
		return d.serialised(formatPHP, data, "serialised value, exact end", 0.97, 0.97)
	}
	return nil
}

// bsonConfidence is how sure a whole document is. An empty one is five bytes that may be an integer.
func bsonConfidence(data []byte) float64 {
	if len(data) < 8 {
		return 0.8
	}
	return 0.99
}

func (d *decoding) name(format string, data []byte, reason string, confidence float64) *Result {
	r := leafResult(format, data, Layer{Reason: reason, Confidence: confidence})
	r.Truncated = d.partial
	return r
}

// magicText is a magic as text when it is printable, else in hex.
func magicText(magic string) string {
	for _, c := range []byte(magic) {
		if c < 0x20 || c > 0x7e {
			return string(spaced([]byte(magic)))
		}
	}
	return magic
}

// grpcHead is the length of the head of a message in gRPC's HTTP/2 body: a byte that tells whether
// it is compressed, and the length (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
const grpcHead = 5

// isGRPC reports whether data is exactly one such message.
func isGRPC(data []byte) bool {
	return len(data) > grpcHead && data[0] <= 1 && uint64(binary.BigEndian.Uint32(data[1:])) == uint64(len(data)-grpcHead)
}

// unGRPC takes the message out of its frame; it is never longer than the frame, so limit is met by
// cutting.
func unGRPC(data []byte, limit int) unwrapped {
	switch {
	case len(data) < grpcHead:
		return unwrapped{why: breakEnd, fault: "grpc: the data ends early"}
	case data[0] > 1:
		return unwrapped{why: breakSyntax, fault: "grpc: expected 0 or 1 as the first byte"}
	}
	size, left := uint64(binary.BigEndian.Uint32(data[1:])), uint64(len(data)-grpcHead)
	switch {
	case min(size, left) > uint64(limit):
		return unwrapped{data: data[grpcHead : grpcHead+limit], why: breakLimit, fault: "grpc: the message exceeds the limit"}
	case size > left:
		return unwrapped{data: data[grpcHead:], why: breakEnd, fault: "grpc: the data ends early"}
	case size < left:
		return unwrapped{data: data[grpcHead : grpcHead+size], why: breakSyntax, fault: "grpc: bytes after the message"}
	}
	return unwrapped{data: data[grpcHead:]}
}

// plainly opens what is known by its first bytes and its length alone: text in UTF-16, a message of
// gRPC.
func (d *decoding) plainly(data []byte, depth int) *Result {
	layer := Layer{Confidence: 0.98}
	switch {
	case isUTF16(data):
		layer.Format, layer.Reason = formatUTF16, "byte order mark, all units are characters"
	case isGRPC(data):
		layer.Format, layer.Reason = "grpc", "flag, then the length of the rest"
		if r := d.below(d.open("grpc", data), data, layer, nil, depth); len(data) >= 16 || r.Format != formatBinary {
			return r
		}
		return nil // more likely an integer
	default:
		return nil
	}
	if len(data) < 12 {
		layer.Confidence = 0.9
	}
	return d.below(d.open(layer.Format, data), data, layer, nil, depth)
}
