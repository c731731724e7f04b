package broker

import (
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
		return "<<" + quoted(x) + ">>"
	case []byte:
		return "<<" + quoted(string(x)) + ">>"
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

// tagged writes a value with its type: {longstr,<<"x">>}.
func tagged(v any) string { return "{" + fieldType(v) + "," + term(v) + "}" }

func floatTerm(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".eIN") {
		s += ".0"
	}
	if mantissa, exponent, ok := strings.Cut(s, "e"); ok && !strings.Contains(mantissa, ".") {
		s = mantissa + ".0e" + exponent
	}
	return strings.Replace(s, "e+", "e", 1)
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
