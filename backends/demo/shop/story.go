package shop

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// customers is how many people buy.
const customers = 40

// story makes up what happens. Two stories of the same seed and scenario are the same.
type story struct {
	random *rand.Rand
	mix    [kinds]int
	now    float64
	number int64
	ticks  uint64
	// rush counts the events left of a busy spell.
	rush   int
	prices map[string]float64
}

func newStory(seed int64, scenario Scenario) *story {
	return &story{random: rand.New(rand.NewPCG(uint64(seed), 0x5eed)), mix: scenario.mix(), prices: map[string]float64{}}
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
	switch s.kind() {
	case kindOrder:
		e.order = s.order()
	case kindPrice:
		e.price = s.price()
	case kindSale:
		e.sale = s.sale()
	case kindJob:
		e.job = s.job()
	case kindVisit:
		e.visit = s.visit()
	case kindQuote:
		e.quote = &quote{SKU: pick(s.random, goods()), Quantity: 1 + s.random.IntN(5), format: pick(s.random, formats()), trace: s.spanContext()}
	default:
		e.click = s.click()
	}
	return e
}

func (s *story) kind() kind {
	n := s.random.IntN(100)
	for k, weight := range s.mix {
		if n -= weight; n < 0 {
			return kind(k)
		}
	}
	return kindClick
}

// seller favours the first names, so that the leaderboard has both a top and movement.
func (s *story) seller() string {
	names := sellers()
	return names[min(s.random.IntN(len(names)), s.random.IntN(len(names)))]
}

func (s *story) customer() customer {
	who := 1 + s.random.IntN(customers)
	return customer{ID: int64(who), Name: sellers()[who%len(sellers())], Email: fmt.Sprintf("customer%d@example.com", who)}
}

func (s *story) order() *order {
	s.number++
	o := &order{
		ID: fmt.Sprintf("ord-%06d", s.number), Number: s.number, Currency: "EUR", Region: s.region(), Customer: s.customer(),
		Gift: s.random.IntN(5) == 0, Signature: binary.BigEndian.AppendUint64(nil, s.random.Uint64()),
		format: pick(s.random, formats()), poison: s.random.IntN(30) == 0, trace: s.spanContext(), fate: s.fate(),
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

// fate lets one order in eight be declined at first, and one in fifty jam.
func (s *story) fate() fate {
	f := fate{bill: s.between(150, 600), ship: s.between(60, 240), jammed: s.random.IntN(50) == 0}
	switch n := s.random.IntN(100); {
	case n < 2:
		f.declines = int64(len(rungs())) + 1 // for good
	case n < 5:
		f.declines = 3
	case n < 8:
		f.declines = 2
	case n < 13:
		f.declines = 1
	}
	return f
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
	mid = min(max(1, mid*(1+0.01*s.random.NormFloat64())), 10_000)
	s.prices[symbol] = mid
	return &price{
		Symbol: symbol, Bid: cents(mid * 0.999), Ask: cents(mid * 1.001), Volume: uint32(1 + s.random.IntN(5000)),
		Number: s.ticks, format: pick(s.random, formats()),
	}
}

func (s *story) sale() *sale {
	v := &sale{seller: s.seller(), sku: pick(s.random, goods()), points: int64(1 + s.random.IntN(40)), stars: 1 + s.random.IntN(5)}
	v.cents = int64(100 + s.random.IntN(9000))
	if s.random.IntN(2) == 0 {
		v.cents = -v.cents
	}
	return v
}

func (s *story) job() *job {
	j := &job{
		ID: fmt.Sprintf("%016x", s.random.Uint64()), Class: pick(s.random, []string{"Thumbnail", "Watermark"}),
		Target: "products/" + pick(s.random, goods()) + ".jpg", Width: 64 << s.random.IntN(4),
		queue: jobQueue(s.random.IntN(int(jobQueues))), format: pick(s.random, formats()), trace: s.spanContext(),
	}
	if s.random.IntN(8) == 0 {
		j.failures = 1 + s.random.IntN(4)
	}
	if s.random.IntN(6) == 0 {
		j.delay = s.between(2_000, 40_000)
	}
	return j
}

func (s *story) visit() *visit {
	return &visit{
		customer: s.customer(), address: fmt.Sprintf("203.0.113.%d", 1+s.random.IntN(60)),
		sku: pick(s.random, goods()), trace: s.spanContext(),
	}
}

func (s *story) click() *click {
	return &click{
		Visitor: s.random.Uint64N(100_000), Page: pick(s.random, pages()),
		X: s.random.Uint32N(1920), Y: s.random.Uint32N(1080), format: pick(s.random, clickFormats()),
	}
}

func pages() []string { return []string{"/", "/cart", "/sale", "/tea"} }

// clickFormats are short: clicks come by the thousand.
func clickFormats() []format {
	return []format{{contentType: typeMsgpack}, {contentType: typeProtobuf}, {contentType: typeCBOR}}
}

// spanContext is the trace in which something happened, by somebody who has traced it.
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
