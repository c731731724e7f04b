package demo

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// event is one thing that happens in the shop; one of its pointers is set.
type event struct {
	// at is when it happens, in units of one over the rate since the beginning.
	at    float64
	order *order
	price *price
	sale  *sale
	job   *job
}

// order is what a customer sends; its exported fields travel.
type order struct {
	ID         string    `json:"id"`
	Number     int64     `json:"number"`
	Customer   customer  `json:"customer"`
	Items      []item    `json:"items"`
	TotalCents int64     `json:"total_cents"`
	Currency   string    `json:"currency"`
	Region     string    `json:"region"`
	PlacedAt   time.Time `json:"placed_at"`
	Gift       bool      `json:"gift"`
	Coupon     *string   `json:"coupon"`
	Note       string    `json:"note"`
	Signature  []byte    `json:"signature"`

	format format
	// poison orders are cut off on their way and cannot be read.
	poison bool
	trace  trace.SpanContext
	// bill and ship are how long its workers take at the default rate.
	bill, ship time.Duration
}

type customer struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

type item struct {
	SKU        string  `json:"sku"`
	Quantity   int     `json:"quantity"`
	PriceCents int64   `json:"price_cents"`
	Weight     float64 `json:"weight_kg"`
}

// price is a new price of a good on the exchange.
type price struct {
	Symbol string  `json:"symbol"`
	Bid    float64 `json:"bid"`
	Ask    float64 `json:"ask"`
	Volume uint32  `json:"volume"`
	Number uint64  `json:"number"`

	format format
}

// sale gives a seller points.
type sale struct {
	seller string
	points int64
}

// job is work for a list.
type job struct {
	ID     string `json:"id"`
	Class  string `json:"class"`
	Target string `json:"target"`
	Width  int    `json:"width"`

	mail   bool
	format format
}

// story makes up what happens. Two stories of the same seed are the same.
type story struct {
	random *rand.Rand
	now    float64
	number int64
	ticks  uint64
	// rush counts the events left of a busy spell.
	rush   int
	prices map[string]float64
}

func newStory(seed int64) *story {
	return &story{random: rand.New(rand.NewPCG(uint64(seed), 0x5eed)), prices: map[string]float64{}}
}

// The people and things of the story.
func regions() []string { return []string{"eu", "us", "asia"} }

func sellers() []string {
	return []string{
		"Amara", "Bjørn", "Chiyo", "Dmitri", "Elif", "Farid", "Gréta", "Hinata", "Ines", "Jörg", "Kwame", "Liú",
		"Marek", "Nadia", "Oluwa", "Paz", "Quinn", "Ravi", "Søren", "Tuğba", "Ursula", "Vėtra", "Wanjiru", "Zoë",
	}
}
func symbols() []string { return []string{"BEAN", "MILK", "CUPS", "OATS", "SIRUP"} }
func goods() []string {
	return []string{"espresso-1kg", "filter-paper", "milk-frother", "mug-blue", "mug-red", "grinder", "kettle", "oat-milk", "tea-box", "spoon-set"}
}

// next is the next thing that happens.
func (s *story) next() event {
	if s.rush > 0 {
		s.rush--
	} else if s.random.IntN(400) == 0 {
		s.rush = 120
	}
	gap := s.random.ExpFloat64()
	if s.rush > 0 {
		gap /= 4
	}
	s.now += gap
	e := event{at: s.now}
	switch n := s.random.IntN(100); {
	case n < 30:
		e.order = s.order()
	case n < 70:
		e.price = s.price()
	case n < 85:
		e.sale = &sale{seller: s.seller(), points: int64(1 + s.random.IntN(40))}
	default:
		e.job = s.job()
	}
	return e
}

// seller favours the first names, so that the leaderboard has both a top and movement.
func (s *story) seller() string {
	names := sellers()
	return names[min(s.random.IntN(len(names)), s.random.IntN(len(names)))]
}

func (s *story) order() *order {
	s.number++
	who := 1 + s.random.IntN(40)
	name := sellers()[who%len(sellers())]
	o := &order{
		ID: fmt.Sprintf("ord-%06d", s.number), Number: s.number, Currency: "EUR", Region: s.region(),
		Customer: customer{ID: int64(who), Name: name, Email: fmt.Sprintf("customer%d@example.com", who)},
		Gift:     s.random.IntN(5) == 0, Signature: binary.BigEndian.AppendUint64(nil, s.random.Uint64()),
		format: pick(s.random, formats()), poison: s.random.IntN(30) == 0, trace: s.spanContext(),
		bill: s.between(150, 600), ship: s.between(60, 240),
	}
	for range 1 + s.random.IntN(4) {
		i := item{
			SKU: pick(s.random, goods()), Quantity: 1 + s.random.IntN(3),
			PriceCents: int64(150 + s.random.IntN(20_000)), Weight: float64(s.random.IntN(5000)) / 1000,
		}
		o.Items = append(o.Items, i)
		o.TotalCents += int64(i.Quantity) * i.PriceCents
	}
	if s.random.IntN(6) == 0 {
		coupon := fmt.Sprintf("SAVE%d", 5*(1+s.random.IntN(4)))
		o.Coupon = &coupon
	}
	if o.Gift {
		o.Note = pick(s.random, []string{"Happy birthday! 🎂", "Für dich ☕", "ありがとう", "leave at the door"})
	}
	return o
}

func (s *story) region() string {
	if s.random.IntN(2) == 0 {
		return "eu"
	}
	return pick(s.random, regions())
}

func (s *story) price() *price {
	s.ticks++
	symbol := pick(s.random, symbols())
	mid, ok := s.prices[symbol]
	if !ok {
		mid = 20 + 100*s.random.Float64()
	}
	mid = max(1, mid*(1+0.01*s.random.NormFloat64()))
	s.prices[symbol] = mid
	return &price{
		Symbol: symbol, Bid: cents(mid * 0.999), Ask: cents(mid * 1.001), Volume: uint32(1 + s.random.IntN(5000)),
		Number: s.ticks, format: pick(s.random, formats()),
	}
}

func (s *story) job() *job {
	return &job{
		ID: fmt.Sprintf("%016x", s.random.Uint64()), Class: pick(s.random, []string{"Thumbnail", "Watermark"}),
		Target: "products/" + pick(s.random, goods()) + ".jpg", Width: 64 << s.random.IntN(4),
		mail: s.random.IntN(3) == 0, format: pick(s.random, formats()),
	}
}

// spanContext is the trace in which an order was placed, by somebody who has traced it.
func (s *story) spanContext() trace.SpanContext {
	var c trace.SpanContextConfig
	binary.BigEndian.PutUint64(c.TraceID[:8], s.random.Uint64())
	binary.BigEndian.PutUint64(c.TraceID[8:], s.random.Uint64()|1)
	binary.BigEndian.PutUint64(c.SpanID[:], s.random.Uint64()|1)
	c.TraceFlags = trace.FlagsSampled
	return trace.NewSpanContext(c)
}

func (s *story) between(low, high int) time.Duration {
	return time.Duration(low+s.random.IntN(high-low)) * time.Millisecond
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

func cents(f float64) float64 { return float64(int64(f*100)) / 100 }
