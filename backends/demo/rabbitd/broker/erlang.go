package broker

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bustop/backends/demo/rabbitd/wire"
)

// RabbitMQ's texts show values in Erlang's notation.

// fieldType is RabbitMQ's name for the type of a table's value.
func fieldType(v any) string {
	if name := numberType(v); name != "" {
		return name
	}
	switch v.(type) {
	case nil:
		return "void"
	case bool:
		return "bool"
	case []byte:
		return "binary"
	case []any:
		return "array"
	case time.Time:
		return "timestamp"
	case wire.Table:
		return "table"
	}
	return "longstr"
}

func numberType(v any) string {
	switch v.(type) {
	case int8:
		return "byte"
	case uint8:
		return "unsignedbyte"
	case int16:
		return "short"
	case uint16:
		return "unsignedshort"
	case int32:
		return "signedint"
	case uint32:
		return "unsignedint"
	case int64, int, uint, uint64:
		return "long"
	case float32:
		return "float"
	case float64:
		return "double"
	case wire.Decimal:
		return "decimal"
	}
	return ""
}

// typeClass is the same for the types that RabbitMQ compares with each other.
func typeClass(v any) string {
	switch t := fieldType(v); t {
	case "byte", "short", "signedint", "long", "decimal", "unsignedbyte", "unsignedshort", "unsignedint":
		return "int"
	case "double":
		return "float"
	default:
		return t
	}
}

// term writes a table's value as io:format's ~p does.
func term(v any) string {
	switch x := v.(type) {
	case nil:
		return "undefined"
	case bool:
		return strconv.FormatBool(x)
	case string:
		return binaryTerm(x)
	case []byte:
		return binaryTerm(string(x))
	case wire.Decimal:
		return "{" + strconv.Itoa(int(x.Scale)) + "," + strconv.Itoa(int(uint32(x.Value))) + "}"
	case wire.Table:
		names := make([]string, 0, len(x))
		for name := range x {
			names = append(names, name)
		}
		slices.Sort(names)
		for i, name := range names {
			names[i] = "{" + term(name) + "," + fieldType(x[name]) + "," + term(x[name]) + "}"
		}
		return "[" + strings.Join(names, ",") + "]"
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = tagged(e)
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	if n, ok := integer(v); ok {
		return strconv.FormatInt(n, 10)
	}
	f, _ := float(v)
	return floatTerm(f)
}

// termWidth is where ~p begins a new line.
const termWidth = 80

// wrapped puts a tuple of a word and a number behind a text, in two lines where one is too long.
func wrapped(before, tuple string) string {
	if word, value, ok := strings.Cut(tuple, ","); ok && len(before)+len(tuple) > termWidth && !strings.Contains(value, `"`) {
		tuple = word + ",\n" + strings.Repeat(" ", len(before)+1) + value
	}
	return before + tuple
}

// tagged writes a value with its type: {longstr,<<"x">>}.
func tagged(v any) string { return "{" + fieldType(v) + "," + term(v) + "}" }

func binaryTerm(s string) string {
	if s == "" {
		return "<<>>"
	}
	return "<<" + quoted(s) + ">>"
}

// floatTerm writes the shortest digits that tell the number, with an exponent where that is shorter.
func floatTerm(f float64) string {
	if f == 0 || math.IsInf(f, 0) || math.IsNaN(f) {
		return "0.0"
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'e', -1, 64), "e")
	digits := strings.Replace(mantissa, ".", "", 1)
	power, _ := strconv.Atoi(exponent)
	sign := ""
	if f < 0 {
		sign = "-"
	}
	return sign + placePoint(digits, power+1)
}

// placePoint puts the decimal point behind so many digits.
func placePoint(digits string, place int) string {
	n := len(digits)
	if place > 0 && place < n {
		return digits[:place] + "." + digits[place:]
	}
	power := strconv.Itoa(place - 1)
	cost := len(power) + 2
	fraction := digits[1:]
	if n == 1 {
		cost++
		fraction = "0"
	}
	switch {
	case place <= 0 && 2-place <= cost:
		return "0." + strings.Repeat("0", -place) + digits
	case place > 0 && place-n+2 <= cost:
		return digits + strings.Repeat("0", place-n) + ".0"
	}
	return digits[:1] + "." + fraction + "e" + power
}

// quoted is a string in double quotes, or the list of its bytes when it cannot be printed.
func quoted(s string) string {
	for _, r := range s {
		if r > unicode.MaxLatin1 || !unicode.IsPrint(r) && !strings.ContainsRune("\b\t\n\v\f\r\x1b", r) {
			return byteList(s)
		}
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

func byteList(s string) string {
	parts := make([]string, len(s))
	for i := range len(s) {
		parts[i] = strconv.Itoa(int(s[i]))
	}
	return strings.Join(parts, ",")
}

var plainAtom = regexp.MustCompile(`^[a-z][a-zA-Z0-9_@]*$`)

// atom writes an atom, in quotes where it needs them.
func atom(s string) string {
	if plainAtom.MatchString(s) {
		return s
	}
	return "'" + s + "'"
}

// shown is a value as texts about inequivalent arguments have it.
func shown(v any) string {
	if b, ok := text(v); ok {
		return "'" + string(b) + "'"
	}
	return "'" + term(v) + "'"
}
