package rabbitmq

import (
	"slices"
	"testing"

	"bustop/backends"
)

// TestRowsOfConnectionsStay: a heartbeat here and a few bytes more there do not change the order.
func TestRowsOfConnectionsStay(t *testing.T) {
	row := func(name, state string, rate float64) backends.BrokerConnection {
		return backends.BrokerConnection{Name: name, ClientName: "client " + name, State: state, In: backends.ExactRate(rate)}
	}
	first := []backends.BrokerConnection{
		row("d", "running", 6), row("c", "running", 0), row("b", "running", 5000), row("a", "running", 5100), row("e", "blocked", 0), row("f", "running", 90_000),
	}
	second := []backends.BrokerConnection{
		row("c", "running", 8), row("a", "running", 5050), row("d", "running", 0), row("f", "running", 91_000), row("b", "running", 5080), row("e", "blocked", 0),
	}
	want := []string{"e", "f", "a", "b", "c", "d"}
	for _, rows := range [][]backends.BrokerConnection{first, second} {
		slices.SortFunc(rows, byHurt)
		var got []string
		for _, r := range rows {
			got = append(got, r.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
