// Package glob matches names against Redis' patterns, as KEYS, SCAN, PSUBSCRIBE and CONFIG GET
// take them: https://redis.io/docs/latest/commands/keys.
package glob

// Match reports whether name matches pattern as a whole. In a pattern * stands for any bytes, ?
// for one, [abc] and [a-z] for one of a set, [^a] for one outside it, and \ takes the next byte
// literally. An open set goes on to the end of the pattern. It takes at most
// len(pattern)*len(name) steps.
func Match(pattern, name string) bool {
	var p, n int
	star, retry := -1, 0 // where the last * stands, and how much of name it has taken
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, retry = p, n
			p++
			continue
		}
		if next, ok := one(pattern, p, name[n]); ok {
			p, n = next, n+1
			continue
		}
		if star < 0 {
			return false
		}
		retry++
		p, n = star+1, retry
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// MatchFold is Match without regard to the case of ASCII letters.
func MatchFold(pattern, name string) bool { return Match(lower(pattern), lower(name)) }

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// one matches a single byte and returns where the pattern goes on.
func one(pattern string, p int, c byte) (int, bool) {
	if p >= len(pattern) {
		return p, false
	}
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return set(pattern, p+1, c)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, pattern[p] == c
}

// set matches the set that begins at p, after its bracket.
func set(pattern string, p int, c byte) (int, bool) {
	not := p < len(pattern) && pattern[p] == '^'
	if not {
		p++
	}
	found := false
	for p < len(pattern) && pattern[p] != ']' {
		switch {
		case pattern[p] == '\\' && p+1 < len(pattern):
			p++
			found = found || pattern[p] == c
		case p+2 < len(pattern) && pattern[p+1] == '-':
			low, high := min(pattern[p], pattern[p+2]), max(pattern[p], pattern[p+2])
			found = found || low <= c && c <= high
			p += 2
		default:
			found = found || pattern[p] == c
		}
		p++
	}
	return min(p+1, len(pattern)), found != not
}
