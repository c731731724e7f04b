package decoders

import (
	"math"
	"sync"
)

// context is where an item stands; the initial bytes that real encoders write there differ.
type context uint8

const (
	inTop context = iota
	inKey
	inValue
	afterInt  // in an array, after an integer
	afterText // in an array, after text
	contexts
)

// odds holds, for each context and initial byte, how many of the 8 bits of a random byte the
// grammar saves: 8 + log2 of the probability that real messages have this byte here.
type odds [contexts][256]float32

// share is the probability of a range of initial bytes, spread evenly over it.
type share struct {
	from, to byte
	p        float64
}

// fill sets one context; bytes in none of the shares get rest.
func (o *odds) fill(c context, rest float32, shares []share) {
	for b := range o[c] {
		o[c][b] = rest
	}
	for _, s := range shares {
		bits := float32(8 + math.Log2(s.p/float64(int(s.to)-int(s.from)+1)))
		for b := int(s.from); b <= int(s.to); b++ {
			o[c][b] = bits
		}
	}
}

// oddsOf returns the tables of a grammar. They are made once and never changed.
func oddsOf(g grammar) *odds {
	if g == gCBOR {
		return cborOdds()
	}
	return msgpackOdds()
}

var msgpackOdds = sync.OnceValue(func() *odds { //nolint:gochecknoglobals // a constant table
	o := new(odds)
	o.fill(inValue, -1, msgpackValueShares())
	o.fill(afterInt, -1, msgpackValueShares())
	o.fill(afterText, -1, msgpackValueShares())
	o.fill(inKey, -10, []share{ // containers as keys are refused by most decoders
		{0x00, 0x1f, .05},
		{0x20, 0x7f, .01},
		{0xa0, 0xbf, .85},
		{0xd9, 0xd9, .02},
		{0xcc, 0xcf, .005},
		{0xd0, 0xd3, .005},
		{0xe0, 0xff, .003},
		{0xc2, 0xc4, .001},
		{0xca, 0xcb, .001},
	})
	o.fill(inTop, -2, []share{
		{0x00, 0x7f, .015},
		{0xe0, 0xff, .005},
		{0x80, 0x8f, .35},
		{0x90, 0x9f, .2},
		{0xde, 0xde, .05},
		{0xdc, 0xdc, .05},
		{0xa0, 0xbf, .03},
		{0xd9, 0xd9, .01},
		{0xcc, 0xd3, .02},
	})
	o.over(afterInt, []share{
		{0x00, 0x17, .35},
		{0x18, 0x7f, .22},
		{0xe0, 0xff, .12},
		{0xcc, 0xcd, .05},
		{0xd0, 0xd0, .02},
		{0xce, 0xcf, .015},
		{0xd1, 0xd3, .015},
	})
	o.over(afterText, []share{{0xa0, 0xa0, .01}, {0xa1, 0xac, .7}, {0xad, 0xbf, .15}, {0xd9, 0xd9, .05}})
	return o
})

func msgpackValueShares() []share {
	return []share{
		{0x00, 0x0f, .13},
		{0x10, 0x7f, .07},
		{0x80, 0x8f, .06},
		{0x90, 0x9f, .05},
		{0xa0, 0xbf, .30},
		{0xc0, 0xc0, .04},
		{0xc2, 0xc3, .08},
		{0xc4, 0xc4, .015},
		{0xca, 0xca, .02},
		{0xcb, 0xcb, .08},
		{0xcc, 0xcc, .04},
		{0xcd, 0xce, .05},
		{0xcf, 0xcf, .02},
		{0xd0, 0xd2, .02},
		{0xd3, 0xd3, .03},
		{0xd6, 0xd6, .01},
		{0xd7, 0xd7, .008},
		{0xd9, 0xd9, .04},
		{0xda, 0xda, .01},
		{0xdc, 0xdc, .01},
		{0xde, 0xde, .006},
		{0xe0, 0xff, .03},
	}
}

var cborOdds = sync.OnceValue(func() *odds { //nolint:gochecknoglobals // a constant table
	o := new(odds)
	o.fill(inValue, -1, cborValueShares())
	o.fill(afterInt, -1, cborValueShares())
	o.fill(afterText, -1, cborValueShares())
	o.fill(inKey, -8, []share{{0x00, 0x17, .08}, {0x20, 0x3b, .03}, {0x60, 0x77, .80}, {0x78, 0x78, .02}, {0x40, 0x58, .005}, {0xf4, 0xfb, .002}, {0x7f, 0x7f, .01}})
	o.fill(inTop, -5, []share{
		{0x80, 0x97, .2},
		{0x9f, 0x9f, .03},
		{0xa0, 0xb7, .33},
		{0xb9, 0xb9, .06},
		{0xbf, 0xbf, .025},
		{0x60, 0x77, .03},
		{0xc0, 0xd8, .04},
		{0xd9, 0xd9, .02},
		{0x40, 0x58, .0001}, // bytes alone: a hash begins like one more often
	})
	o.over(afterInt, []share{
		{0x00, 0x17, .35},
		{0x18, 0x19, .08},
		{0x20, 0x37, .12},
		{0x38, 0x38, .04},
		{0x1a, 0x1b, .015},
		{0x39, 0x3b, .015},
	})
	o.over(afterText, []share{{0x60, 0x60, .01}, {0x61, 0x6c, .7}, {0x6d, 0x77, .15}, {0x78, 0x78, .05}})
	return o
})

func cborValueShares() []share {
	return []share{
		{0x00, 0x17, .2},
		{0x18, 0x18, .05},
		{0x19, 0x19, .05},
		{0x1a, 0x1a, .05},
		{0x1b, 0x1b, .03},
		{0x20, 0x3b, .03},
		{0x40, 0x57, .02},
		{0x58, 0x58, .03},
		{0x60, 0x77, .3},
		{0x78, 0x78, .05},
		{0x80, 0x97, .06},
		{0xa0, 0xb7, .06},
		{0xb9, 0xb9, .015},
		{0xc0, 0xdb, .02},
		{0xf4, 0xf4, .04},
		{0xf5, 0xf5, .04},
		{0xf6, 0xf6, .04},
		{0xf9, 0xf9, .01},
		{0xfa, 0xfa, .02},
		{0xfb, 0xfb, .08},
		{0x9f, 0x9f, .01},
		{0xbf, 0xbf, .01},
	}
}

// over replaces some bytes of a context that is filled already.
func (o *odds) over(c context, shares []share) {
	keep := o[c]
	o.fill(c, 0, shares)
	for b := range o[c] {
		if o[c][b] == 0 {
			o[c][b] = keep[b]
		}
	}
}
