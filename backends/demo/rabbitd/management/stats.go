package management

import (
	"fmt"
	"strconv"
	"time"

	"bustop/backends/demo/rabbitd/broker"
)

// span is a history that a client asks for: the newest time and the steps back from it.
type span struct {
	last  time.Time
	step  time.Duration
	steps int
}

// spans are the histories of the groups of numbers; nil where none is asked for.
type spans struct{ lengths, rates, data, node *span }

// maxSamples is how many steps a history may have.
const maxSamples = 500

// spans reads the parameters. Listings of what lies in queues end at the next step, those of what
// flows at the last.
func (c *call) spans() spans {
	return spans{
		lengths: c.span("lengths", true), rates: c.span("msg_rates", false),
		data: c.span("data_rates", false), node: c.span("node_stats", false),
	}
}

func (c *call) span(name string, next bool) *span {
	age, err1 := strconv.Atoi(c.query[name+"_age"])
	incr, err2 := strconv.Atoi(c.query[name+"_incr"])
	switch {
	case err1 != nil || err2 != nil:
		return nil
	case age <= 0 || incr <= 0 || age/incr > maxSamples || age > 1<<31:
		c.fail(fault{
			400, "invalid_range_parameters",
			fmt.Sprintf("Invalid range parameters: age %d, incr %d", age, incr),
		})
	}
	step := int64(incr) * 1000
	now := time.Now().UnixMilli()
	last := now / step * step
	if next && last != now {
		last += step
	}
	return &span{time.UnixMilli(last), time.Duration(incr) * time.Second, age / incr}
}

// stats writes numbers of one object with their rates.
type stats struct {
	view   view
	values values
}

// stats begins with the numbers of an object as they are now.
func (c *call) stats(kind broker.SampleKind, id uint64, now values, wanted spans) stats {
	return stats{c.api.opt.Sampler.view(kind, id, wanted != spans{}), now}
}

// write adds numbers to an object by their names.
func (s *stats) write(o object, wanted *span, numbers ...named) {
	for _, n := range numbers {
		o[n.name] = s.values[n.metric]
		o[n.name+"_details"] = s.details(n.metric, wanted)
	}
}

// named is a number with its name in the API.
type named struct {
	name   string
	metric metric
}

func (s *stats) details(m metric, wanted *span) object {
	if wanted == nil {
		return object{"rate": decimal(s.view.rate(m))}
	}
	samples := make([]object, wanted.steps+1)
	sum, newest, before, oldest := uint64(0), uint64(0), uint64(0), uint64(0)
	for i := range samples {
		t := wanted.last.Add(-time.Duration(i) * wanted.step)
		oldest = s.view.before(m, t)
		samples[i] = object{"sample": oldest, "timestamp": t.UnixMilli()}
		sum += oldest
		switch i {
		case 0:
			newest, before = oldest, oldest
		case 1:
			before = oldest
		}
	}
	step := wanted.step.Seconds()
	return object{
		"rate": decimal((float64(newest) - float64(before)) / step), "samples": samples,
		"avg":      decimal(float64(sum) / float64(len(samples))),
		"avg_rate": decimal((float64(newest) - float64(oldest)) / step / float64(wanted.steps)),
	}
}

func lengthNumbers() []named {
	return []named{{"messages", messages}, {"messages_ready", ready}, {"messages_unacknowledged", unacked}}
}

func octetNumbers() []named { return []named{{"recv_oct", octetsIn}, {"send_oct", octetsOut}} }

// publishNumbers are what channels and virtual hosts count of publishing.
func publishNumbers() []named {
	return []named{
		{"publish", publish},
		{"confirm", confirm},
		{"return_unroutable", returnUnroutable},
		{"drop_unroutable", dropUnroutable},
	}
}

func deliverNumbers() []named {
	return []named{
		{"deliver", deliver},
		{"deliver_no_ack", deliverNoAck},
		{"deliver_get", deliverGet},
		{"get", get},
		{"get_no_ack", getNoAck},
		{"get_empty", getEmpty},
		{"redeliver", redeliver},
		{"ack", ack},
	}
}

// any reports whether one of the numbers has ever moved: RabbitMQ shows none of a group before.
func (s *stats) any(numbers []named) bool {
	for _, n := range numbers {
		if s.values[n.metric] > 0 {
			return true
		}
	}
	return false
}

// messageStats are the groups of numbers that have moved; nil when none has.
func (s *stats) messageStats(wanted *span, groups ...[]named) object {
	var o object
	for _, group := range groups {
		if !s.any(group) {
			continue
		}
		if o == nil {
			o = object{}
		}
		s.write(o, wanted, group...)
	}
	return o
}
