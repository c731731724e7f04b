package decoders

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// disassemble lists the opcodes of a pickle, one a line: offset, code, name and argument, indented by
// the marks they are under, as Python's pickletools does. It needs no stack and so goes on where the
// tree has found a fault. What is longer than limit bytes ends with "…".
func disassemble(data []byte, limit int) string {
	var b strings.Builder
	ops := pickleOps()
	var marks []int
	memoized := 0
	digits := max(5, len(strconv.Itoa(len(data))))
	for off := 0; off < len(data); {
		s, why := ops.step(data, off)
		if why != breakNone {
			break
		}
		note := ""
		switch {
		case s.code == 0x94:
			note = fmt.Sprintf("(as %d)", memoized)
			memoized++
		case len(marks) > 0 && s.op.takesMark():
			note = fmt.Sprintf("(MARK at %d)", marks[len(marks)-1])
			marks = marks[:len(marks)-1]
		case s.op.name == "PUT" || s.op.name == "BINPUT" || s.op.name == "LONG_BINPUT":
			memoized++
		}
		line := fmt.Sprintf("%*d: %-4s %s%s", digits, off, s.letter(), strings.Repeat("  ", min(len(marks), 1<<6)), s.op.name)
		if arg := s.argument(data, limit); arg != "" {
			line = fmt.Sprintf("%-*s %s", digits+18, line, arg)
		}
		if note != "" {
			line += " " + note
		}
		if b.Len()+len(line) > limit {
			return b.String() + "…"
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		if s.op.do == doMark {
			marks = append(marks, off)
		}
		if off = s.end; s.op.do == doStop {
			break
		}
	}
	return b.String()
}

// letter is the code as Python writes it.
func (s *pickleStep) letter() string {
	if s.code < 0x20 || s.code > 0x7e {
		return fmt.Sprintf(`\x%02x`, s.code)
	}
	return string(rune(s.code))
}

// takesMark reports whether an opcode takes what is above a mark.
func (op pickleOp) takesMark() bool {
	switch op.name {
	case "APPENDS", "LIST", "TUPLE", "DICT", "SETITEMS", "ADDITEMS", "FROZENSET", "POP_MARK", "INST", "OBJ":
		return true
	}
	return false
}

// argument is the argument of an opcode in words, with about limit bytes of a text.
func (s *pickleStep) argument(data []byte, limit int) string {
	d := data[s.from : s.from+s.size]
	switch s.op.arg {
	case argNone:
		return ""
	case argFixed:
		switch s.code {
		case 'G':
			return string(appendFloat(nil, math.Float64frombits(bigEndian(d, 8)), 64))
		case 'J':
			return strconv.FormatInt(intOfCoding(d, codeIntLE), 10)
		}
		return strconv.FormatUint(uint64(intOfCoding(d, codeUintLE)), 10)
	case argNumber:
		if len(d) <= maxBig {
			return bigLE(d).String()
		}
		return plural(len(d), "byte")
	case argLines:
		return string(appendQuoted(nil, cutText([]byte(strings.Replace(string(d), "\n", " ", 1)), limit)))
	default:
	}
	if s.op.name == "STRING" || s.op.arg == argLine && s.code != 'V' && s.code != 'P' {
		return string(cutText(d, min(limit, maxText)))
	}
	d = d[:min(len(d), limit)]
	if !utf8.Valid(d) || strings.Contains(s.op.name, "BYTE") {
		return string(appendHex(nil, d, len(d), s.size))
	}
	return string(appendQuoted(nil, d))
}

// program is the listing of a pickle with its fault.
func (r *Result) program(limit int) string {
	out := disassemble(r.Data, limit)
	if f := r.Fault; f != nil {
		out += fmt.Sprintf("%*d: %s", max(5, len(strconv.Itoa(len(r.Data)))), f.Offset, f.Text)
	}
	return strings.TrimSuffix(out, "\n")
}
