package management

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"time"

	"bustop/backends/rabbitmq/bindingkey"
)

const (
	// VoidText is how the API writes void, AMQP's value of no type.
	VoidText = "undefined"
	// BytesPrefix is what the API writes before the bytes of a text that is not UTF-8.
	BytesPrefix = "Not UTF-8, base64 is: "
	// mostGuesses bounds the hashes computed to tell what one binding's arguments are; with 32 bits each the
	// chance that one is right by accident is then below one in a million.
	mostGuesses = 4096
)

// UnmarshalJSON takes a binding. Arguments of no type are nil where that is sure.
func (b *Binding) UnmarshalJSON(text []byte) error {
	type plain Binding
	if err := json.Unmarshal(text, (*plain)(b)); err != nil {
		return err
	}
	b.settleVoids()
	return nil
}

// settleVoids tells arguments of no type from such as are the very text by which the API writes them: the
// hash in the binding's name is of the real ones. It is tried for what the JSON may stand for.
func (b *Binding) settleVoids() {
	var doubtful []string
	for name, value := range b.Arguments {
		if value == VoidText {
			doubtful = append(doubtful, name)
		}
	}
	if len(doubtful) == 0 {
		return
	}
	_, hash, _ := strings.Cut(b.Properties, "~")
	found, ok := searchArguments(b.Arguments, hash)
	b.Unsure = !ok
	for _, name := range doubtful {
		if ok && found[name] == nil {
			b.Arguments[name] = nil
		}
	}
}

// searchArguments returns the arguments with a hash that JSON shows like these.
func searchArguments(shown Table, hash string) (map[string]any, bool) {
	names := make([]string, 0, len(shown))
	choices := make([][]any, 0, len(shown))
	guesses := 1
	for name, value := range shown {
		of := readings(value)
		if guesses *= len(of); guesses == 0 || guesses > mostGuesses {
			return nil, false
		}
		names, choices = append(names, name), append(choices, of)
	}
	args := make(map[string]any, len(shown))
	for guess := range guesses {
		for i, name := range names {
			args[name] = choices[i][guess%len(choices[i])]
			guess /= len(choices[i])
		}
		if bindingkey.Hash(args) == hash {
			return args, true
		}
	}
	return nil, false
}

// readings are the values of AMQP that the API shows as a value of JSON, none for tables and arrays.
func readings(value any) []any {
	switch v := value.(type) {
	case string:
		if v == VoidText {
			return []any{nil, v}
		}
		if coded, ok := strings.CutPrefix(v, BytesPrefix); ok {
			if raw, err := base64.StdEncoding.DecodeString(coded); err == nil {
				return []any{string(raw), v}
			}
		}
		return []any{v}
	case bool:
		return []any{v}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return wholes(n)
		}
		f, err := v.Float64()
		if err != nil {
			return nil
		}
		return []any{f, float32(f)}
	}
	return nil
}

// wholes are the whole numbers of AMQP with a value, those first that clients use.
func wholes(n int64) []any {
	out := []any{n}
	fits := func(least, most int64, v any) {
		if n >= least && n <= most {
			out = append(out, v)
		}
	}
	fits(math.MinInt32, math.MaxInt32, int32(n))
	fits(math.MinInt16, math.MaxInt16, int16(n))
	fits(math.MinInt8, math.MaxInt8, int8(n))
	fits(0, math.MaxUint32, uint32(n))
	fits(0, math.MaxUint16, uint16(n))
	fits(0, math.MaxUint8, uint8(n))
	fits(0, math.MaxInt64, time.Unix(n, 0))
	return out
}
