package backends

import "context"

// Health reads how the server itself is.
type Health interface {
	ReadHealth(ctx context.Context) (HealthReport, error)
}

// Severity grades an Alarm.
type Severity string

// The severities, mildest first.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Alarm is something the server itself complains of.
type Alarm struct {
	Severity Severity
	Text     string
	// For is how long it has been on, where that is known: a lower bound when it was on at the first
	// look.
	For Span
}

// Fact is a line of a health report that has no field of its own.
type Fact struct {
	Group, Name, Value string
}

// HealthReport is the state of one server or cluster.
type HealthReport struct {
	Product, Version string
	// Role is "master", "replica", "node", …
	Role        string
	Uptime      Span
	Connections Count
	// Operations are commands a second on Redis, messages published a second on RabbitMQ.
	Operations  Rate
	MemoryUsed  Count
	MemoryLimit Count
	Alarms      []Alarm
	Facts       []Fact
	// Figures are what is worth to be followed over time, where a source has others than the above.
	Figures []Figure
}

// Unit is what a Figure counts.
type Unit uint8

// The units.
const (
	Things Unit = iota
	PerSecond
	Bytes
)

// Figure is a number of a health report whose course over time tells something.
type Figure struct {
	Name  string
	Value Rate
	Unit  Unit
}
