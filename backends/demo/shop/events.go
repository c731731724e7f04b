package shop

import (
	"time"

	"go.opentelemetry.io/otel/trace"
)

// kind is what may happen in the shop.
type kind int

const (
	kindOrder kind = iota
	kindPrice
	kindSale
	kindJob
	kindVisit
	kindQuote
	kindClick
	kinds
)

// mix is how many of a hundred events are of each kind.
func (s Scenario) mix() [kinds]int {
	if s == Flood {
		return [kinds]int{kindOrder: 3, kindPrice: 25, kindSale: 4, kindJob: 3, kindVisit: 3, kindQuote: 1, kindClick: 61}
	}
	return [kinds]int{kindOrder: 26, kindPrice: 34, kindSale: 10, kindJob: 14, kindVisit: 9, kindQuote: 3, kindClick: 4}
}

// share is the part of all events that are of a kind.
func (s Scenario) share(k kind) float64 { return float64(s.mix()[k]) / 100 }

// event is one thing that happens in the shop; one of its pointers is set.
type event struct {
	// at is when it happens, in units of one over the rate since the beginning.
	at    float64
	order *order
	price *price
	sale  *sale
	job   *job
	visit *visit
	quote *quote
	click *click
}

// happens dates what carries a date.
func (e event) happens(when time.Time) {
	switch {
	case e.order != nil:
		e.order.PlacedAt = when
	case e.job != nil:
		e.job.planned = when
	case e.visit != nil:
		e.visit.when = when
	}
}

// order is what a customer sends; its exported fields travel.
type order struct {
	ID         string    `json:"id" pb:"1"`
	Number     int64     `json:"number" pb:"2"`
	Customer   customer  `json:"customer" pb:"3"`
	Items      []item    `json:"items" pb:"4"`
	TotalCents int64     `json:"total_cents" pb:"5"`
	Currency   string    `json:"currency" pb:"6"`
	Region     string    `json:"region" pb:"7"`
	PlacedAt   time.Time `json:"placed_at" pb:"8"`
	Gift       bool      `json:"gift" pb:"9"`
	Coupon     *string   `json:"coupon" pb:"10"`
	Note       string    `json:"note" pb:"11"`
	Signature  []byte    `json:"signature" pb:"12"`

	format format
	// poison orders are cut off on their way and cannot be read.
	poison bool
	fate   fate
	trace  trace.SpanContext
}

// fate is what will befall an order; it travels in the headers, for the workers to act by.
type fate struct {
	// bill and ship are how long its workers take at the default rate.
	bill, ship time.Duration
	// declines is how many times the card is declined before it is charged.
	declines int64
	// jammed orders fit no parcel, whoever tries.
	jammed bool
}

type customer struct {
	ID    int64  `json:"id" pb:"1"`
	Name  string `json:"name" pb:"2"`
	Email string `json:"email" pb:"3"`
}

type item struct {
	SKU        string  `json:"sku" pb:"1"`
	Quantity   int     `json:"quantity" pb:"2"`
	PriceCents int64   `json:"price_cents" pb:"3"`
	Weight     float64 `json:"weight_kg" pb:"4"`
}

// price is a new price of a good on the exchange.
type price struct {
	Symbol string  `json:"symbol" pb:"1"`
	Bid    float64 `json:"bid" pb:"2"`
	Ask    float64 `json:"ask" pb:"3"`
	Volume uint32  `json:"volume" pb:"4"`
	Number uint64  `json:"number" pb:"5"`

	format format
}

// sale gives a seller points and money, and a product its stars.
type sale struct {
	seller, sku string
	points      int64
	stars       int
	// cents are what the seller earns, less than 0 when goods come back.
	cents int64
}

// job is work for one of the job queues.
type job struct {
	ID     string `json:"id" pb:"1"`
	Class  string `json:"class" pb:"2"`
	Target string `json:"target" pb:"3"`
	Width  int    `json:"width" pb:"4"`

	queue  jobQueue
	format format
	// failures is how many tries fail before one succeeds.
	failures int
	// delay is how long after planned it may begin.
	delay   time.Duration
	planned time.Time
	trace   trace.SpanContext
}

// jobQueue is where a job waits.
type jobQueue int

const (
	onList    jobQueue = iota // a plain list
	onSidekiq                 // Sidekiq's keys
	onBull                    // BullMQ's keys
	jobQueues
)

// visit is a request of a customer's browser.
type visit struct {
	customer customer
	address  string
	sku      string
	when     time.Time
	trace    trace.SpanContext
}

// quote asks the stock desk whether there is enough of a good.
type quote struct {
	SKU      string `json:"sku" pb:"1"`
	Quantity int    `json:"quantity" pb:"2"`

	format format
	trace  trace.SpanContext
}

// click is where a visitor pointed at.
type click struct {
	Visitor uint64 `json:"visitor" pb:"1"`
	Page    string `json:"page" pb:"2"`
	X       uint32 `json:"x" pb:"3"`
	Y       uint32 `json:"y" pb:"4"`

	format format
}
