package management

import (
	"net/http"
	"slices"
	"strconv"

	"bustop/backends/demo/rabbitd/broker"
)

// listQueues is GET /api/queues and /api/queues/:vhost.
func listQueues(c *call) any {
	wanted := c.spans()
	sees := c.sees()
	bare := c.asks("disable_stats")
	totals := c.asks("enable_queue_totals")
	var rows []row
	all := c.api.broker.Queues(c.scope())
	for i := range all {
		q := &all[i] // not a copy of each
		if sees(q.VHost) {
			rows = append(rows, row{vhost: q.VHost, name: q.Name, ask: func() object {
				switch {
				case bare && totals:
					return c.queueTotals(q)
				case bare:
					return c.queueBrief(q)
				}
				return c.queueStats(q, wanted)
			}})
		}
	}
	return c.augmented(rows, "vhost", "name")
}

// queueBasics is what RabbitMQ knows of a queue without asking its process.
func (c *call) queueBasics(q *broker.QueueInfo) object {
	return object{
		"name": q.Name, "vhost": q.VHost, "durable": q.Durable, "auto_delete": q.AutoDelete,
		"exclusive": q.Exclusive, "arguments": tableJSON(q.Arguments), "type": q.Type, "state": "live",
		"node": c.api.node,
	}
}

// queueBrief is a queue of a listing without statistics.
func (c *call) queueBrief(q *broker.QueueInfo) object {
	o := c.queueBare(q)
	if q.Policy != "" {
		o["policy"] = q.Policy
	}
	return o
}

// queueBare is a queue without statistics. A quorum queue has a leader in place of a node.
func (c *call) queueBare(q *broker.QueueInfo) object {
	o := c.queueBasics(q)
	if q.Type == "quorum" {
		o["leader"], o["members"], o["online"] = c.api.node, []string{c.api.node}, []string{c.api.node}
		delete(o, "node")
	}
	return o
}

// queueTotals is a queue of a listing with no more than its lengths.
func (c *call) queueTotals(q *broker.QueueInfo) object {
	o := c.queueBrief(q)
	if q.Type == "stream" { // which has no process to ask
		o["totals"], o["type_specific"] = nil, nil
		delete(o, "node")
	} else {
		o["messages"], o["messages_ready"], o["messages_unacknowledged"] = q.Messages, q.Ready, q.Unacked
	}
	if q.Type != "classic" {
		o["exclusive"] = nil
	}
	o["state"] = "running"
	return o
}

// queueStats is a queue as a listing shows it.
func (c *call) queueStats(q *broker.QueueInfo, wanted spans) object {
	o := c.queueBasics(q)
	o["state"] = "running"
	if q.State != "" {
		o["state"] = q.State
	}
	o["policy"], o["operator_policy"] = nullable(q.Policy), nullable(q.OperatorPolicy)
	o["effective_policy_definition"] = definitionJSON(q.EffectivePolicy)
	o["consumers"] = q.Consumers
	o["memory"] = q.MemoryBytes
	o["reductions"], o["reductions_details"] = 0, object{"rate": decimal(0)}
	o["garbage_collection"] = garbageCollection()
	now := countersOf(q.Counters)
	now[messages], now[ready], now[unacked] = uint64(q.Messages), uint64(q.Ready), uint64(q.Unacked)
	s := c.stats(broker.SampleQueue, q.ID, now, wanted)
	s.write(o, wanted.lengths, lengthNumbers()...)
	if m := s.messageStats(wanted.rates, []named{{"publish", publish}}, deliverNumbers()); m != nil {
		o["message_stats"] = m
	}
	switch q.Type {
	case "quorum":
		c.addQuorum(o, q)
	case "stream":
		c.addStream(o)
	default:
		addClassic(o, q)
	}
	return o
}

func addClassic(o object, q *broker.QueueInfo) {
	addBytes(o, q)
	o["message_bytes_paged_out"], o["messages_paged_out"] = 0, 0
	o["messages_ram"], o["messages_ready_ram"] = q.Messages, q.Ready
	o["messages_unacknowledged_ram"] = q.Unacked
	o["message_bytes_ram"] = q.Bytes
	o["recoverable_slaves"] = nil
	o["exclusive_consumer_tag"] = nullable(q.ExclusiveConsumer.Tag)
	o["single_active_consumer_tag"] = nullable(q.ActiveConsumer.Tag)
	o["head_message_timestamp"] = nil
	if !q.HeadTimestamp.IsZero() {
		o["head_message_timestamp"] = q.HeadTimestamp.Unix()
	}
	if !q.IdleSince.IsZero() {
		o["idle_since"] = instant(q.IdleSince)
	}
	addCapacity(o, q)
	mode := "default"
	if lazy, _ := q.Arguments["x-queue-mode"].(string); lazy == "lazy" || q.EffectivePolicy["queue-mode"] == "lazy" {
		mode = "lazy"
	}
	status := object{
		"mode": mode, "version": 1, "len": q.Ready, "target_ram_count": "infinity",
		"delta": []any{"delta", "undefined", 0, 0, "undefined"},
		"q1":    0, "q2": 0, "q3": 0, "q4": q.Ready,
		"next_seq_id":         q.Counters.Publish,
		"next_deliver_seq_id": q.Counters.Publish - min(q.Counters.Publish, uint64(max(q.Ready, 0))),
	}
	for _, name := range []string{"avg_ingress_rate", "avg_egress_rate", "avg_ack_ingress_rate", "avg_ack_egress_rate"} {
		status[name] = decimal(0)
	}
	o["backing_queue_status"] = map[string]any(status)
	if q.PriorityLengths != nil {
		addPriorities(status, q.PriorityLengths)
	}
}

func addBytes(o object, q *broker.QueueInfo) {
	o["message_bytes"], o["message_bytes_ready"] = q.Bytes, q.ReadyBytes
	o["message_bytes_unacknowledged"] = q.UnackedBytes
	o["message_bytes_persistent"], o["messages_persistent"] = q.PersistentBytes, q.Persistent
}

// addCapacity writes the share of time in which consumers could take messages: a whole number for
// a queue without consumers, as RabbitMQ does.
func addCapacity(o object, q *broker.QueueInfo) {
	o["consumer_capacity"], o["consumer_utilisation"] = 0, 0
	if q.Consumers > 0 {
		o["consumer_capacity"], o["consumer_utilisation"] = decimal(q.Capacity), decimal(q.Capacity)
	}
}

func (c *call) addQuorum(o object, q *broker.QueueInfo) {
	addBytes(o, q)
	addCapacity(o, q)
	node := c.api.node
	o["messages_ram"], o["message_bytes_ram"] = 0, 0
	o["messages_dlx"], o["message_bytes_dlx"] = 0, 0
	o["single_active_consumer_ctag"] = nullable(q.ActiveConsumer.Tag)
	o["leader"], o["members"], o["online"] = node, []string{node}, []string{node}
	o["open_files"] = map[string]int{node: 0}
}

func (c *call) addStream(o object) {
	node := c.api.node
	o["members"], o["online"] = []string{node}, []string{node}
	consumers, _ := o["consumers"].(int)
	o["readers"] = map[string]int{node: consumers}
	delete(o, "garbage_collection")
}

// getQueue is GET /api/queues/:vhost/:queue.
func getQueue(c *call) any {
	wanted := c.spans()
	q, _ := c.queue()
	if c.asks("disable_stats") {
		return c.queueBare(&q)
	}
	o := c.queueStats(&q, wanted)
	o["incoming"] = c.flows(q.Incoming, wanted, c.byExchange, []named{{"publish", publish}})
	o["deliveries"] = c.flows(q.Deliveries, wanted, c.byChannel, deliverNumbers())
	if q.Owner.Name != "" {
		o["owner_pid_details"] = connectionRef(q.Owner)
	}
	if q.Type == "stream" {
		o["garbage_collection"] = unknownGarbageCollection()
	}
	consumers := []object{}
	for i := range q.ConsumerDetails {
		consumers = append(consumers, c.consumer(&q.ConsumerDetails[i]))
	}
	o["consumer_details"] = consumers
	return o
}

func (c *call) queue() (broker.QueueInfo, bool) {
	return c.api.broker.Queue(c.params["vhost"], c.params["queue"])
}

func queueExists(c *call) bool {
	_, ok := c.queue()
	return ok
}

// putQueue is PUT /api/queues/:vhost/:queue.
func putQueue(c *call) {
	c.needVHost()
	b := c.body()
	request := broker.QueueDeclare{
		Name: c.params["queue"], Durable: c.flag(b, "durable"), AutoDelete: c.flag(b, "auto_delete"),
		Arguments: c.argumentsOf(b),
	}
	c.needOurNode(b)
	c.through(func(ch *broker.Channel) *broker.Error {
		_, err := ch.DeclareQueue(request)
		return err
	})
}

// deleteQueue is DELETE /api/queues/:vhost/:queue.
func deleteQueue(c *call) {
	c.through(func(ch *broker.Channel) *broker.Error {
		_, err := ch.DeleteQueue(c.params["queue"], c.asks("if-unused"), c.asks("if-empty"))
		return err
	})
}

// purgeQueue is DELETE /api/queues/:vhost/:queue/contents.
func purgeQueue(c *call) {
	c.through(func(ch *broker.Channel) *broker.Error {
		_, err := ch.PurgeQueue(c.params["queue"])
		return err
	})
}

// actOnQueue is POST /api/queues/:vhost/:queue/actions: there is no mirror to synchronise.
func actOnQueue(c *call) any {
	action := c.body("action")["action"]
	if _, ok := c.queue(); !ok {
		c.fail(notFound())
	}
	if !slices.Contains([]any{"sync", "cancel_sync"}, action) {
		c.fail(badRequest([]any{"unknown", action}))
	}
	return nil
}

// needVHost ends a call about a virtual host that is not there.
func (c *call) needVHost() {
	if !c.vhostExists() {
		c.fail(fault{http.StatusNotFound, "not_found", "vhost_not_found"})
	}
}

// needOurNode ends a call that wants another node.
func (c *call) needOurNode(b map[string]any) {
	node, there := b["node"].(string)
	if own := c.api.node; there && node != own {
		c.fail(badRequest("Node " + node + " could not be contacted"))
	}
}

func (c *call) flag(b map[string]any, name string) bool {
	value, there := b[name]
	return c.boolean(value, there)
}

// addPriorities writes what a queue with priorities says of itself. "todo" is RabbitMQ's own word there.
func addPriorities(status object, waiting []int) {
	lengths := map[string]int{}
	for priority, n := range waiting {
		lengths[strconv.Itoa(priority)] = n
	}
	status["priority_lengths"], status["version"] = lengths, len(lengths)
	status["delta"] = []any{"delta", "todo", "todo", "todo", "todo"}
}
