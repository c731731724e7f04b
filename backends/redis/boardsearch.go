package redis

import (
	"context"
	"math"
	"strings"

	"bustop/backends"
)

const (
	// scanMembers is the COUNT of one ZSCAN: well under a millisecond of the server.
	scanMembers = 1000
	// scanSteps bounds the ZSCANs of one step of a search, enoughMatches ends one early.
	scanSteps     = 10
	enoughMatches = 100
)

// SearchBoard implements backends.BoardReader.
func (l leaderboards) SearchBoard(ctx context.Context, name string, q backends.BoardQuery) (backends.BoardMatches, error) {
	var out backends.BoardMatches
	cursor, found := q.Cursor, []string(nil)
	if cursor == "" {
		cursor, found = "0", append(found, q.Text)
	}
	pattern := searchPattern(q.Text)
	for range scanSteps {
		v, err := l.s.one(ctx, "ZSCAN", name, cursor, "MATCH", pattern, "COUNT", scanMembers)
		if err != nil {
			return out, l.s.at.fault(name, err)
		}
		parts, _ := v.([]any)
		if len(parts) != 2 {
			break
		}
		out.Scanned.Value += scanMembers
		cursor, _ = parts[0].(string)
		flat := texts(parts[1])
		for i := 0; i+1 < len(flat); i += 2 {
			found = append(found, flat[i])
		}
		if cursor == "0" || cursor == "" || len(found) >= enoughMatches {
			break
		}
	}
	out.Scanned.Certainty = backends.About // ZSCAN goes by buckets
	if cursor != "0" {
		out.Next = cursor
	}
	var err error
	out.Places, err = l.stand(ctx, name, found, sideOf(q.Ascending))
	return out, l.s.at.fault(name, err)
}

// stand looks up where members stand, and leaves out those that do not.
func (l leaderboards) stand(ctx context.Context, name string, members []string, s side) ([]backends.Place, error) {
	cmds := make([]command, 0, 2*len(members))
	for _, m := range members {
		cmds = append(cmds, command{s.rank, name, m}, command{"ZSCORE", name, m})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	if err := firstOf(answers); err != nil {
		return nil, err
	}
	var out []backends.Place
	seen := make(map[string]bool, len(members))
	for i, m := range members {
		if p, _ := placeOf(m, answers[2*i], answers[2*i+1]); p.Rank > 0 && !seen[m] {
			seen[m] = true
			out = append(out, p)
		}
	}
	return out, nil
}

// searchPattern makes a pattern of a text to be searched for
// (redis.io/docs/latest/commands/keys has the patterns).
func searchPattern(text string) string {
	if strings.ContainsAny(text, "*?[") {
		return text
	}
	var b strings.Builder
	b.WriteByte('*')
	for i := range len(text) {
		c := text[i]
		switch lower := c | 0x20; {
		case 'a' <= lower && lower <= 'z':
			b.Write([]byte{'[', lower, lower - 0x20, ']'})
		case c == '\\' || c == ']':
			b.Write([]byte{'\\', c})
		default:
			b.WriteByte(c)
		}
	}
	if text != "" {
		b.WriteByte('*')
	}
	return b.String()
}

// spreadBars is about how many bars the middle of a histogram has.
const spreadBars = 12

// MeasureBoard implements backends.BoardReader. All figures are exact and found by rank or by count,
// each in the logarithm of the board's size: nothing is sampled. The board may change between the
// three rounds.
func (l leaderboards) MeasureBoard(ctx context.Context, name string) (backends.Spread, error) {
	var out backends.Spread
	v, err := l.s.one(ctx, "ZCARD", name)
	n, _ := v.(int64)
	if err != nil || n == 0 {
		return out, l.s.at.fault(name, err)
	}
	out.Size = backends.ExactCount(n)
	// The last four are the bounds of the middle 98 percent, and the finite ends.
	var cmds []command
	for i := range int64(11) {
		cmds = append(cmds, byRank(name, (n-1)*i/10))
	}
	cmds = append(cmds, byRank(name, (n-1)/100), byRank(name, (n-1)-(n-1)/100),
		command{"ZRANGEBYSCORE", name, "(-inf", "(+inf", "WITHSCORES", "LIMIT", 0, 1},
		command{"ZREVRANGEBYSCORE", name, "(+inf", "(-inf", "WITHSCORES", "LIMIT", 0, 1})
	answers, err := l.s.many(ctx, cmds)
	if err == nil {
		err = firstOf(answers)
	}
	if err != nil {
		return out, l.s.at.fault(name, err)
	}
	scores := make([]float64, len(answers))
	for i, a := range answers {
		scores[i] = math.NaN()
		if flat := texts(a.value); len(flat) == 2 {
			scores[i] = scoreOf(flat[1])
		}
	}
	out.Deciles = scores[:11]
	out.Bars, err = l.bars(ctx, name, barEdges(scores[0], scores[10], scores[11], scores[12], scores[13], scores[14]))
	return out, l.s.at.fault(name, err)
}

func byRank(name string, at int64) command { return command{"ZRANGE", name, at, at, "WITHSCORES"} }

// bars counts the members between each two of the edges.
func (l leaderboards) bars(ctx context.Context, name string, edges []float64) ([]backends.SpreadBar, error) {
	var out []backends.SpreadBar
	var cmds []command
	for i := 0; i+1 < len(edges); i++ {
		bar := backends.SpreadBar{From: edges[i], To: edges[i+1]}
		to := "(" + scoreBound(bar.To)
		if i+2 == len(edges) || bar.From == bar.To {
			to = scoreBound(bar.To)
		}
		out, cmds = append(out, bar), append(cmds, command{"ZCOUNT", name, scoreBound(bar.From), to})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	for i, a := range answers {
		if n, ok := a.value.(int64); ok {
			out[i].Members = backends.ExactCount(n)
		}
	}
	return out, firstOf(answers)
}

// barEdges are the bounds of a histogram's bars: round numbers across the middle of the scores, and
// the ends, which may be far away. low and high bound the middle, least and most are the lowest and
// highest finite scores, NaN without one.
func barEdges(lowest, highest, low, high, least, most float64) []float64 {
	if math.IsNaN(least) || math.IsNaN(most) {
		return []float64{lowest, highest} // nothing but infinities
	}
	low, high = max(low, least), min(high, most)
	if !(low < high) {
		low, high = least, most
	}
	edges := []float64{lowest}
	step := roundStep(high/spreadBars - low/spreadBars)
	for i, at := 0, math.Floor(low/step); step > 0 && i <= 2*spreadBars; i++ {
		edge := (at + float64(i)) * step
		if edge > edges[len(edges)-1] && edge < highest {
			edges = append(edges, edge)
		}
		if edge >= high {
			break
		}
	}
	return append(edges, highest)
}

// roundStep is the least of 1, 2 and 5 times a power of ten that is not below width; 0 when there is
// none.
func roundStep(width float64) float64 {
	if !(width > 0) || math.IsInf(width, 0) {
		return 0
	}
	ten := math.Pow(10, math.Floor(math.Log10(width)))
	for _, m := range []float64{1, 2, 5, 10} {
		if step := m * ten; step >= width {
			return step
		}
	}
	return 0
}
