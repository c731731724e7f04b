package redisd

import (
	"math"
	"strconv"
	"strings"
)

// integer reads a 64-bit integer as strictly as Redis: no sign +, no leading zeros or spaces.
func integer(s string) (int64, error) {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(v, 10) != s {
		return 0, errNotInt
	}
	return v, nil
}

// count reads an integer that has to be 0 or more.
func count(s string) (int, error) {
	v, err := integer(s)
	if err != nil || v < 0 {
		return 0, errRange
	}
	return int(v), nil
}

// float reads a number as C's strtod does, but for NaN, which no command takes.
func float(s string) (float64, error) {
	if s == "" || strings.ContainsAny(s, "_ \t\n\v\f\r") {
		return 0, errNotFloat
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, errNotFloat
	}
	if err != nil {
		return 0, errNotFloat
	}
	return v, nil
}

// options walks through the options of a command, whose names know no case.
type options struct {
	args []string
	at   int
}

// next moves to the next option and returns it in upper case.
func (o *options) next() (string, bool) {
	if o.at >= len(o.args) {
		return "", false
	}
	o.at++
	return strings.ToUpper(o.args[o.at-1]), true
}

// value is the word after the option.
func (o *options) value() (string, error) {
	if o.at >= len(o.args) {
		return "", errSyntax
	}
	o.at++
	return o.args[o.at-1], nil
}

func (o *options) integer() (int64, error) {
	v, err := o.value()
	if err != nil {
		return 0, err
	}
	return integer(v)
}

func (o *options) left() int { return len(o.args) - o.at }
