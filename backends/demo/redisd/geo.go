package redisd

import (
	"bustop/backends/demo/redisd/internal/resp"
)

func geoHandlers() map[string]handler {
	return map[string]handler{"geohash": (*call).geohash, "geopos": (*call).geopos}
}

// The bounds of Web Mercator, within which positions are kept.
const maxLatitude = 85.05112878

// unscore takes a score of a geo set apart into longitude and latitude, 26 bits each.
func unscore(score float64) (lon, lat float64) {
	v := uint64(score)
	var x, y uint64
	for i := range 26 {
		y |= v >> (2 * i) & 1 << i
		x |= v >> (2*i + 1) & 1 << i
	}
	middle := func(n uint64, low, high float64) float64 {
		step := (high - low) / (1 << 26)
		return low + (float64(n)+0.5)*step
	}
	return middle(x, -180, 180), middle(y, -maxLatitude, maxLatitude)
}

// geohash writes positions in the standard form: 11 digits to the base 32, of which the last is
// always 0. See https://en.wikipedia.org/wiki/Geohash.
func (k *call) geohash() error {
	const digits = "0123456789bcdefghjkmnpqrstuvwxyz"
	scores, err := k.scores(k.args[1])
	if err != nil {
		return err
	}
	k.w.Array(len(k.args) - 2)
	for _, m := range k.args[2:] {
		s, ok := scores[m]
		if !ok {
			k.w.Null()
			continue
		}
		lon, lat := unscore(s)
		x, y := uint64((lon+180)/360*(1<<26)), uint64((lat+90)/180*(1<<26))
		var v uint64
		for i := range 26 {
			v |= (y>>i&1)<<(2*i) | (x>>i&1)<<(2*i+1)
		}
		out := make([]byte, 11)
		for i := range 10 {
			out[i] = digits[v>>(52-5*(i+1))&31]
		}
		out[10] = '0'
		k.w.Bulk(string(out))
	}
	return nil
}

// geopos is the engine's, with the absence that each version of the protocol has.
func (k *call) geopos() error {
	reply := k.n.engine.run(k.db.id, false, k.args...)
	v, _, err := resp.Parse(reply)
	if err != nil || v.Kind != '*' {
		k.w.Raw(reply)
		return nil
	}
	k.w.Array(len(v.Items))
	for _, item := range v.Items {
		if item.Null || len(item.Items) != 2 {
			k.w.NullArray()
			continue
		}
		k.w.Array(2)
		for _, c := range item.Items {
			f, err := float(c.Text)
			if err != nil || !k.w.V3 {
				k.w.Bulk(c.Text)
			} else {
				k.w.Double(f)
			}
		}
	}
	return nil
}
