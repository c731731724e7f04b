package decoders

import (
	"bytes"
	"encoding/binary"
)

// pickleArg is how the argument of an opcode is written.
type pickleArg uint8

const (
	argNone   pickleArg = iota
	argFixed            // a fixed number of bytes
	argLine             // text up to a line break
	argLines            // two lines
	argSized            // a length of that many bytes, then as many bytes
	argNumber           // the same for a number
)

// pickleOp is an opcode of Python's pickle (Lib/pickletools.py; PEP 307, PEP 3154, PEP 574).
type pickleOp struct {
	name string
	arg  pickleArg
	size uint8 // bytes of a fixed argument or of a length
	do   pickleDo
}

// pickleDo groups the opcodes by what they do to the stack.
type pickleDo uint8

const (
	doUnknown pickleDo = iota
	doNothing
	doScalar
	doEmpty  // push an empty container
	doMark   // push a mark
	doTuple  // make a tuple of what is on the stack
	doMarked // make a container of what is above the mark
	doAdd    // put what is on top into the container below it
	doStack  // pop, duplicate
	doMemo   // remember or recall
	doObject // name a class, call, build: shown, never done
	doStop
)

// pickleOps is the table of the opcodes of the protocols 0 to 5.
func pickleOps() *pickleTable {
	return &pickleTable{
		'I': {"INT", argLine, 0, doScalar}, 'J': {"BININT", argFixed, 4, doScalar}, 'K': {"BININT1", argFixed, 1, doScalar},
		'M': {"BININT2", argFixed, 2, doScalar}, 'L': {"LONG", argLine, 0, doScalar},
		0x8a: {"LONG1", argNumber, 1, doScalar}, 0x8b: {"LONG4", argNumber, 4, doScalar},
		'S': {"STRING", argLine, 0, doScalar}, 'T': {"BINSTRING", argSized, 4, doScalar}, 'U': {"SHORT_BINSTRING", argSized, 1, doScalar},
		'B': {"BINBYTES", argSized, 4, doScalar}, 'C': {"SHORT_BINBYTES", argSized, 1, doScalar}, 0x8e: {"BINBYTES8", argSized, 8, doScalar},
		0x96: {"BYTEARRAY8", argSized, 8, doScalar}, 0x97: {"NEXT_BUFFER", argNone, 0, doScalar}, 0x98: {"READONLY_BUFFER", argNone, 0, doNothing},
		'N': {"NONE", argNone, 0, doScalar}, 0x88: {"NEWTRUE", argNone, 0, doScalar}, 0x89: {"NEWFALSE", argNone, 0, doScalar},
		'V': {"UNICODE", argLine, 0, doScalar}, 0x8c: {"SHORT_BINUNICODE", argSized, 1, doScalar},
		'X': {"BINUNICODE", argSized, 4, doScalar}, 0x8d: {"BINUNICODE8", argSized, 8, doScalar},
		'F': {"FLOAT", argLine, 0, doScalar}, 'G': {"BINFLOAT", argFixed, 8, doScalar},
		']': {"EMPTY_LIST", argNone, 0, doEmpty}, 'a': {"APPEND", argNone, 0, doAdd}, 'e': {"APPENDS", argNone, 0, doAdd},
		'l': {"LIST", argNone, 0, doMarked}, ')': {"EMPTY_TUPLE", argNone, 0, doEmpty}, 't': {"TUPLE", argNone, 0, doMarked},
		0x85: {"TUPLE1", argNone, 0, doTuple}, 0x86: {"TUPLE2", argNone, 0, doTuple}, 0x87: {"TUPLE3", argNone, 0, doTuple},
		'}': {"EMPTY_DICT", argNone, 0, doEmpty}, 'd': {"DICT", argNone, 0, doMarked}, 's': {"SETITEM", argNone, 0, doAdd},
		'u': {"SETITEMS", argNone, 0, doAdd}, 0x8f: {"EMPTY_SET", argNone, 0, doEmpty}, 0x90: {"ADDITEMS", argNone, 0, doAdd},
		0x91: {"FROZENSET", argNone, 0, doMarked}, '0': {"POP", argNone, 0, doStack}, '2': {"DUP", argNone, 0, doStack},
		'(': {"MARK", argNone, 0, doMark}, '1': {"POP_MARK", argNone, 0, doStack},
		'g': {"GET", argLine, 0, doMemo}, 'h': {"BINGET", argFixed, 1, doMemo}, 'j': {"LONG_BINGET", argFixed, 4, doMemo},
		'p': {"PUT", argLine, 0, doMemo}, 'q': {"BINPUT", argFixed, 1, doMemo}, 'r': {"LONG_BINPUT", argFixed, 4, doMemo},
		0x94: {"MEMOIZE", argNone, 0, doMemo},
		0x82: {"EXT1", argFixed, 1, doObject}, 0x83: {"EXT2", argFixed, 2, doObject}, 0x84: {"EXT4", argFixed, 4, doObject},
		'c': {"GLOBAL", argLines, 0, doObject}, 0x93: {"STACK_GLOBAL", argNone, 0, doObject},
		'R': {"REDUCE", argNone, 0, doObject}, 'b': {"BUILD", argNone, 0, doObject}, 'i': {"INST", argLines, 0, doObject},
		'o': {"OBJ", argNone, 0, doObject}, 0x81: {"NEWOBJ", argNone, 0, doObject}, 0x92: {"NEWOBJ_EX", argNone, 0, doObject},
		'P': {"PERSID", argLine, 0, doObject}, 'Q': {"BINPERSID", argNone, 0, doObject},
		0x80: {"PROTO", argFixed, 1, doNothing}, 0x95: {"FRAME", argFixed, 8, doNothing}, '.': {"STOP", argNone, 0, doStop},
	}
}

// pickleStep is one opcode with its argument.
type pickleStep struct {
	at   int // of the opcode
	code byte
	op   pickleOp
	// from and size are the argument's content: digits, a line without its break, bytes behind a length.
	from, size int
	end        int
}

// step reads the opcode at off. why tells what is wrong; the needed end is then in end.
func (ops *pickleTable) step(d []byte, off int) (s pickleStep, why breakKind) {
	s = pickleStep{at: off, code: d[off], op: ops[d[off]], from: off + 1, end: off + 1}
	rest := d[off+1:]
	switch s.op.arg {
	case argNone:
	case argFixed:
		s.size = int(s.op.size)
		s.end += s.size
	case argLine, argLines:
		if s.size = bytes.IndexByte(rest, '\n'); s.size < 0 {
			s.size, s.end = len(rest), len(d)+1
			break
		}
		s.end += s.size + 1
		if s.op.arg == argLines {
			more := bytes.IndexByte(d[s.end:], '\n')
			if more < 0 {
				s.end = len(d) + 1
				break
			}
			s.end += more + 1
			s.size = s.end - 1 - s.from
		}
	case argSized, argNumber:
		n := int(s.op.size)
		if len(rest) < n {
			s.size, s.end = 0, s.end+n
			break
		}
		var room [8]byte
		copy(room[:], rest[:n])
		claim := binary.LittleEndian.Uint64(room[:])
		s.from += n
		if claim > maxData {
			s.size, s.end = len(d)-s.from, len(d)+1
			break
		}
		s.size, s.end = int(claim), s.from+int(claim)
	}
	switch {
	case s.op.do == doUnknown:
		return s, breakSyntax
	case s.end > len(d):
		return s, breakEnd
	}
	return s, breakNone
}

type pickleTable [256]pickleOp

// count is the number of opcodes, up to the first that is broken.
func (ops *pickleTable) count(d []byte) (n int) {
	for off := 0; off < len(d); n++ {
		s, why := ops.step(d, off)
		if why != breakNone || s.op.do == doStop {
			break
		}
		off = s.end
	}
	return n + 1
}
