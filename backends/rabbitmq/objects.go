package rabbitmq

import (
	"bustop/backends"
)

// slope is the ..._details object of a counter.
type slope struct {
	Rate number `json:"rate"`
}

// messageStats are the counters of messages of a queue, an exchange or everything.
type messageStats struct {
	Publish    number       `json:"publish"`
	Deliver    number       `json:"deliver"`
	Get        number       `json:"deliver_get"`
	In         number       `json:"publish_in"`
	Out        number       `json:"publish_out"`
	Ack        number       `json:"ack"`
	PublishD   maybe[slope] `json:"publish_details"`
	GetD       maybe[slope] `json:"deliver_get_details"`
	InD        maybe[slope] `json:"publish_in_details"`
	OutD       maybe[slope] `json:"publish_out_details"`
	RedeliverD maybe[slope] `json:"redeliver_details"`
	AckD       maybe[slope] `json:"ack_details"`
}

// queueRow is a queue as /api/queues shows it.
type queueRow struct {
	Name          string              `json:"name"`
	Type          word                `json:"type"`
	State         word                `json:"state"`
	Policy        word                `json:"policy"`
	Messages      number              `json:"messages"`
	Ready         number              `json:"messages_ready"`
	Unacked       number              `json:"messages_unacknowledged"`
	Bytes         number              `json:"message_bytes"`
	ReadyBytes    number              `json:"message_bytes_ready"`
	Consumers     number              `json:"consumers"`
	Exclusive     truth               `json:"exclusive"`
	AutoDelete    truth               `json:"auto_delete"`
	Arguments     table               `json:"arguments"`
	Effective     table               `json:"effective_policy_definition"`
	HeadTime      number              `json:"head_message_timestamp"`
	ExclusiveTag  word                `json:"exclusive_consumer_tag"`
	Stats         maybe[messageStats] `json:"message_stats"`
	MessagesD     maybe[slope]        `json:"messages_details"`
	ConsumerNotes list[struct {
		Exclusive truth `json:"exclusive"`
	}] `json:"consumer_details"`
}

// queueColumns are the fields of queueRow that listings ask for.
const queueColumns = "name,type,state,policy,messages,messages_ready,messages_unacknowledged,message_bytes," +
	"consumers,exclusive,auto_delete,arguments,effective_policy_definition,head_message_timestamp," +
	"message_stats.publish,message_stats.deliver_get," +
	"message_stats.publish_details.rate,message_stats.deliver_get_details.rate,messages_details.rate"

// totalsColumns are those that the server knows without its statistics.
const totalsColumns = "name,type,state,exclusive,auto_delete,arguments,messages,messages_ready,messages_unacknowledged"

// The types of queues that bustop knows.
const (
	typeClassic = "classic"
	typeQuorum  = "quorum"
	typeStream  = "stream"
)

// kind is the queue's type; servers that have only one name none.
func (r queueRow) kind() string {
	if r.Type != "" {
		return string(r.Type)
	}
	if t := r.Arguments.text("x-queue-type"); t != "" {
		return t
	}
	return typeClassic
}

// trouble is the state unless the queue simply runs.
func (r queueRow) trouble() string {
	if r.State == "running" || r.State == "idle" {
		return ""
	}
	return string(r.State)
}

// setting returns a text by argument, else by policy. A queue's own argument wins.
func (r queueRow) setting(key string) (string, bool) {
	if v, ok := r.Arguments["x-"+key].(string); ok {
		return v, true
	}
	v, ok := r.Effective[key].(string)
	return v, ok
}

// limit returns a number by argument or policy, the smaller of both as the server does.
func (r queueRow) limit(key string) (int64, bool) {
	a, byArgument := r.Arguments.integer("x-" + key)
	p, byPolicy := r.Effective.integer(key)
	switch {
	case byArgument && byPolicy:
		return min(a, p), true
	case byArgument:
		return a, true
	}
	return p, byPolicy
}

// exchangeRow is an exchange as /api/exchanges shows it.
type exchangeRow struct {
	Name       string              `json:"name"`
	Type       word                `json:"type"`
	Policy     word                `json:"policy"`
	Durable    truth               `json:"durable"`
	AutoDelete truth               `json:"auto_delete"`
	Internal   truth               `json:"internal"`
	Arguments  table               `json:"arguments"`
	Stats      maybe[messageStats] `json:"message_stats"`
}

const exchangeColumns = "name,type,policy,durable,auto_delete,internal,arguments," +
	"message_stats.publish_in,message_stats.publish_out," +
	"message_stats.publish_in_details.rate,message_stats.publish_out_details.rate"

func (r exchangeRow) flags() []string {
	var flags []string
	for _, f := range []struct {
		set  truth
		name string
	}{{r.Durable, "durable"}, {r.AutoDelete, "auto-delete"}, {r.Internal, "internal"}} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	return flags
}

// alternate returns the alternate exchange by argument or policy; unsure says that the policy
// could not be looked up.
func (r exchangeRow) alternate(policies []policyRow) (name string, unsure bool) {
	if name := r.Arguments.text("alternate-exchange"); name != "" {
		return name, false
	}
	if r.Policy == "" {
		return "", false
	}
	for _, p := range policies {
		if p.Name == string(r.Policy) {
			return p.Definition.text("alternate-exchange"), false
		}
	}
	return "", true
}

// routing is the type by which an exchange routes, and whether it delays before.
func (r exchangeRow) routing() (kind string, delayed bool) {
	if r.Type == "x-delayed-message" {
		return r.Arguments.text("x-delayed-type"), true
	}
	return string(r.Type), false
}

// bindingRow is a binding as /api/bindings shows it.
type bindingRow struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Kind        word   `json:"destination_type"`
	Key         string `json:"routing_key"`
	Arguments   table  `json:"arguments"`
}

func (b bindingRow) target() backends.Target {
	if b.Kind == "exchange" {
		return backends.Target{Kind: backends.KindExchange, Name: b.Destination}
	}
	return backends.Target{Kind: backends.KindQueue, Name: b.Destination}
}

// policyRow is a policy as /api/policies shows it.
type policyRow struct {
	Name       string `json:"name"`
	Pattern    string `json:"pattern"`
	ApplyTo    word   `json:"apply-to"`
	Definition table  `json:"definition"`
	Priority   number `json:"priority"`
}

// gotRow is a message as POST /api/queues/{vhost}/{name}/get returns it.
type gotRow struct {
	Payload     string `json:"payload"`
	Encoding    word   `json:"payload_encoding"`
	Bytes       number `json:"payload_bytes"`
	Redelivered truth  `json:"redelivered"`
	Exchange    string `json:"exchange"`
	Key         string `json:"routing_key"`
	Properties  table  `json:"properties"`
}

// overviewJSON is /api/overview.
type overviewJSON struct {
	Product       word                `json:"product_name"`
	Version       word                `json:"product_version"`
	RabbitVersion word                `json:"rabbitmq_version"`
	Erlang        word                `json:"erlang_version"`
	Cluster       word                `json:"cluster_name"`
	Node          word                `json:"node"`
	RatesMode     word                `json:"rates_mode"`
	StatsOff      truth               `json:"disable_stats"`
	Stats         maybe[messageStats] `json:"message_stats"`
	Queues        maybe[struct {
		Messages number `json:"messages"`
		Ready    number `json:"messages_ready"`
		Unacked  number `json:"messages_unacknowledged"`
	}] `json:"queue_totals"`
	Objects maybe[struct {
		Channels    number `json:"channels"`
		Connections number `json:"connections"`
		Consumers   number `json:"consumers"`
		Exchanges   number `json:"exchanges"`
		Queues      number `json:"queues"`
	}] `json:"object_totals"`
	Listeners list[struct {
		Node     word   `json:"node"`
		Protocol word   `json:"protocol"`
		Port     number `json:"port"`
	}] `json:"listeners"`
}

// nodeJSON is one of /api/nodes.
type nodeJSON struct {
	Name          word   `json:"name"`
	Running       any    `json:"running"`
	Uptime        number `json:"uptime"`
	MemoryUsed    number `json:"mem_used"`
	MemoryLimit   number `json:"mem_limit"`
	MemoryAlarm   truth  `json:"mem_alarm"`
	DiskFree      number `json:"disk_free"`
	DiskLimit     number `json:"disk_free_limit"`
	DiskAlarm     truth  `json:"disk_free_alarm"`
	FilesUsed     number `json:"fd_used"`
	FilesTotal    number `json:"fd_total"`
	SocketsUsed   number `json:"sockets_used"`
	SocketsTotal  number `json:"sockets_total"`
	ProcessesUsed number `json:"proc_used"`
	ProcessesMax  number `json:"proc_total"`
	Partitions    any    `json:"partitions"`
}

// nodeColumns leaves out the long lists of applications and exchange types.
const nodeColumns = "name,running,uptime,mem_used,mem_limit,mem_alarm,disk_free,disk_free_limit,disk_free_alarm," +
	"fd_used,fd_total,sockets_used,sockets_total,proc_used,proc_total,partitions"

// version is the broker's own; a product built on RabbitMQ may count differently.
func (o *overviewJSON) version() version {
	if o.RabbitVersion != "" {
		return parseVersion(string(o.RabbitVersion))
	}
	return parseVersion(string(o.Version))
}
