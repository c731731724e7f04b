package ui

import (
	"math"
	"strconv"
	"time"
)

// Count writes a number in at most five cells: 999, 12.3k, 4.6M, 107G.
func Count(n int64) string {
	if n > -1000 && n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return scaled(float64(n), 1000, []string{"", "k", "M", "G", "T", "P", "E"})
}

// Bytes writes a size with binary prefixes: 512 B, 1.2 KiB, 3.4 GiB.
func Bytes(n int64) string {
	if n > -1024 && n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return scaled(float64(n), 1024, []string{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"})
}

// Rate writes a number a second: 0/s, 0.4/s, 12.3/s, 4.6k/s. It is "–" for what is no number.
func Rate(f float64) string {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return "–"
	case f == 0:
		return "0/s"
	case math.Abs(f) < 0.05:
		return "<0.1/s"
	}
	return scaled(f, 1000, []string{"", "k", "M", "G", "T", "P", "E"}) + "/s"
}

// Age writes how long ago something was, in its largest unit or two: 0s, 3s, 2m10s, 4h, 3d.
func Age(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + "s"
	case d < 10*time.Minute:
		return strconv.Itoa(int(d/time.Minute)) + "m" + strconv.Itoa(int(d%time.Minute/time.Second)) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < 10*time.Hour && d%time.Hour >= time.Minute:
		return strconv.Itoa(int(d/time.Hour)) + "h" + strconv.Itoa(int(d%time.Hour/time.Minute)) + "m"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + "d"
}

// Duration writes how long something took, with three digits: 850ns, 12.3µs, 1.24ms, 2.50s, 3m20s.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-max(d, math.MinInt64+1))
	}
	if d >= time.Minute {
		return Age(d)
	}
	units := []string{"ns", "µs", "ms", "s"}
	v, unit := float64(d), 0
	for v >= 999.5 && unit < len(units)-1 {
		v /= 1000
		unit++
	}
	decimals := 0
	switch {
	case unit == 0 || v >= 99.95:
	case v >= 9.995:
		decimals = 1
	default:
		decimals = 2
	}
	return strconv.FormatFloat(v, 'f', decimals, 64) + units[unit]
}

// scaled divides f until it is below base and writes it with one decimal below 100.
func scaled(f, base float64, units []string) string {
	i := 0
	for i < len(units)-1 && math.Abs(f) >= base {
		f /= base
		i++
	}
	decimals := 1
	if math.Abs(f) >= 99.95 {
		decimals = 0
	}
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	if r, _ := strconv.ParseFloat(s, 64); math.Abs(r) >= base && i < len(units)-1 {
		return strconv.FormatFloat(f/base, 'f', 1, 64) + units[i+1] // 999.96k rounds up to 1.0M
	}
	return s + units[i]
}
