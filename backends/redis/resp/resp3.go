package resp

// formatSize is the length of the mark in front of a verbatim string.
const formatSize = 4

// simple reads the values of RESP3 that are one line and hold no length: null, booleans, doubles
// and big numbers. Numbers stay in the server's words.
func (r *Reader) simple(v *Value, line []byte) bool {
	switch line[0] {
	case '_':
		return true
	case '#':
		v.Kind = Integer
		if len(line) > 1 && line[1] == 't' {
			v.Int = 1
		}
		return true
	case ',', '(':
		v.Kind, v.Text, v.Size = Bulk, append(v.Text, line[1:min(len(line), 1+r.keep)]...), len(line)-1
		return true
	}
	return false
}

// newer reads the values of RESP3 that hold others or come with a length. A map is an array of keys
// and values in turn, as RESP2 has it.
func (r *Reader) newer(v *Value, mark byte, n int64, depth int) (known bool, err error) {
	switch mark {
	case '>':
		err = r.array(v, n, depth)
		v.Kind = Push
	case '%':
		err = r.array(v, 2*min(n, maxNodes), depth)
	case '!':
		err = r.bulk(v, n)
		v.Kind = Failure
	case '=':
		if n >= formatSize { // what sort of text it is, three letters and a colon
			if _, err := r.br.Discard(formatSize); err != nil {
				return true, unexpected(err)
			}
			n -= formatSize
		}
		err = r.bulk(v, n)
	case '|':
		// Attributes say more about the value that follows; nothing of ours asks for any.
		if err = r.array(v, 2*min(n, maxNodes), depth); err == nil {
			err = r.read(v, depth+1)
		}
	default:
		return false, nil
	}
	return true, err
}
