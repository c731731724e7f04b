package management

import (
	"bustop/backends"
)

// Slope is the ..._details object of a counter.
type Slope struct {
	Rate Number `json:"rate"`
}

// MessageStats are the counters of messages of a queue, an exchange or everything.
type MessageStats struct {
	Publish    Number       `json:"publish"`
	Deliver    Number       `json:"deliver"`
	NoAck      Number       `json:"deliver_no_ack"`
	Get        Number       `json:"deliver_get"`
	In         Number       `json:"publish_in"`
	Out        Number       `json:"publish_out"`
	Ack        Number       `json:"ack"`
	Redeliver  Number       `json:"redeliver"`
	Return     Number       `json:"return_unroutable"`
	Drop       Number       `json:"drop_unroutable"`
	PublishD   Maybe[Slope] `json:"publish_details"`
	DeliverD   Maybe[Slope] `json:"deliver_details"`
	NoAckD     Maybe[Slope] `json:"deliver_no_ack_details"`
	GetD       Maybe[Slope] `json:"deliver_get_details"`
	InD        Maybe[Slope] `json:"publish_in_details"`
	OutD       Maybe[Slope] `json:"publish_out_details"`
	RedeliverD Maybe[Slope] `json:"redeliver_details"`
	AckD       Maybe[Slope] `json:"ack_details"`
	ReturnD    Maybe[Slope] `json:"return_unroutable_details"`
	DropD      Maybe[Slope] `json:"drop_unroutable_details"`
}

// Queue is a queue as /api/queues shows it.
type Queue struct {
	Name          string              `json:"name"`
	Type          Word                `json:"type"`
	State         Word                `json:"state"`
	Policy        Word                `json:"policy"`
	Messages      Number              `json:"messages"`
	Ready         Number              `json:"messages_ready"`
	Unacked       Number              `json:"messages_unacknowledged"`
	Bytes         Number              `json:"message_bytes"`
	ReadyBytes    Number              `json:"message_bytes_ready"`
	Consumers     Number              `json:"consumers"`
	Exclusive     Truth               `json:"exclusive"`
	AutoDelete    Truth               `json:"auto_delete"`
	Arguments     Table               `json:"arguments"`
	Effective     Table               `json:"effective_policy_definition"`
	HeadTime      Number              `json:"head_message_timestamp"`
	ExclusiveTag  Word                `json:"exclusive_consumer_tag"`
	Stats         Maybe[MessageStats] `json:"message_stats"`
	MessagesD     Maybe[Slope]        `json:"messages_details"`
	ConsumerNotes List[struct {
		Exclusive Truth `json:"exclusive"`
	}] `json:"consumer_details"`
}

// QueueColumns are the fields of queueRow that listings ask for.
const QueueColumns = "name,type,state,policy,messages,messages_ready,messages_unacknowledged,message_bytes," +
	"consumers,exclusive,auto_delete,arguments,effective_policy_definition,head_message_timestamp," +
	"message_stats.publish,message_stats.deliver_get," +
	"message_stats.publish_details.rate,message_stats.deliver_get_details.rate,messages_details.rate"

// TotalsColumns are those that the server knows without its statistics.
const TotalsColumns = "name,type,state,exclusive,auto_delete,arguments,messages,messages_ready,messages_unacknowledged"

// The types of queues that bustop knows.
const (
	TypeClassic = "classic"
	TypeQuorum  = "quorum"
	TypeStream  = "stream"
)

// Kind is the queue's type; servers that have only one name none.
func (r Queue) Kind() string {
	if r.Type != "" {
		return string(r.Type)
	}
	if t := r.Arguments.Text("x-queue-type"); t != "" {
		return t
	}
	return TypeClassic
}

// Trouble is the state unless the queue simply runs.
func (r Queue) Trouble() string {
	if r.State == "running" || r.State == "idle" {
		return ""
	}
	return string(r.State)
}

// Setting returns a text by argument, else by policy. A queue's own argument wins.
func (r Queue) Setting(key string) (string, bool) {
	if v, ok := r.Arguments["x-"+key].(string); ok {
		return v, true
	}
	v, ok := r.Effective[key].(string)
	return v, ok
}

// Limit returns a number by argument or policy, the smaller of both as the server does.
func (r Queue) Limit(key string) (int64, bool) {
	a, byArgument := r.Arguments.Integer("x-" + key)
	p, byPolicy := r.Effective.Integer(key)
	switch {
	case byArgument && byPolicy:
		return min(a, p), true
	case byArgument:
		return a, true
	}
	return p, byPolicy
}

// Exchange is an exchange as /api/exchanges shows it.
type Exchange struct {
	Name       string              `json:"name"`
	Type       Word                `json:"type"`
	Policy     Word                `json:"policy"`
	Durable    Truth               `json:"durable"`
	AutoDelete Truth               `json:"auto_delete"`
	Internal   Truth               `json:"internal"`
	Arguments  Table               `json:"arguments"`
	Stats      Maybe[MessageStats] `json:"message_stats"`
}

// ExchangeColumns are the fields of Exchange that listings ask for.
const ExchangeColumns = "name,type,policy,durable,auto_delete,internal,arguments," +
	"message_stats.publish_in,message_stats.publish_out," +
	"message_stats.publish_in_details.rate,message_stats.publish_out_details.rate"

// Flags are the words for what is set of durable, auto-delete and internal.
func (r Exchange) Flags() []string {
	var flags []string
	for _, f := range []struct {
		set  Truth
		name string
	}{{r.Durable, "durable"}, {r.AutoDelete, "auto-delete"}, {r.Internal, "internal"}} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	return flags
}

// Alternate returns the alternate exchange by argument or policy; unsure says that the policy
// could not be looked up.
func (r Exchange) Alternate(policies []Policy) (name string, unsure bool) {
	if name := r.Arguments.Text("alternate-exchange"); name != "" {
		return name, false
	}
	if r.Policy == "" {
		return "", false
	}
	for _, p := range policies {
		if p.Name == string(r.Policy) {
			return p.Definition.Text("alternate-exchange"), false
		}
	}
	return "", true
}

// Routing is the type by which an exchange routes, and whether it delays before.
func (r Exchange) Routing() (kind string, delayed bool) {
	if r.Type == "x-delayed-message" {
		return r.Arguments.Text("x-delayed-type"), true
	}
	return string(r.Type), false
}

// Binding is a binding as /api/bindings shows it.
type Binding struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Kind        Word   `json:"destination_type"`
	Key         string `json:"routing_key"`
	// Arguments of no type are nil. Unsure says that some may be, or may be the text "undefined".
	Arguments Table `json:"arguments"`
	Unsure    bool  `json:"-"`
	// Properties is the binding's name among those from the same source to the same destination.
	Properties string `json:"properties_key"`
}

// Target is where the binding leads.
func (b Binding) Target() backends.Target {
	if b.Kind == "exchange" {
		return backends.Target{Kind: backends.KindExchange, Name: b.Destination}
	}
	return backends.Target{Kind: backends.KindQueue, Name: b.Destination}
}

// Policy is a policy as /api/policies shows it.
type Policy struct {
	Name       string `json:"name"`
	Pattern    string `json:"pattern"`
	ApplyTo    Word   `json:"apply-to"`
	Definition Table  `json:"definition"`
	Priority   Number `json:"priority"`
}

// Got is a message as POST /api/queues/{vhost}/{name}/get returns it.
type Got struct {
	Payload     string `json:"payload"`
	Encoding    Word   `json:"payload_encoding"`
	Bytes       Number `json:"payload_bytes"`
	Redelivered Truth  `json:"redelivered"`
	Exchange    string `json:"exchange"`
	Key         string `json:"routing_key"`
	Properties  Table  `json:"properties"`
}

// Overview is /api/overview.
type Overview struct {
	Product       Word `json:"product_name"`
	Version       Word `json:"product_version"`
	RabbitVersion Word `json:"rabbitmq_version"`
	LavinVersion  Word `json:"lavinmq_version"`
	Erlang        Word `json:"erlang_version"`
	Cluster       Word `json:"cluster_name"`
	Node          Word `json:"node"`
	// RatesMode is "none" where rates are not kept, and nothing where the server does not tell.
	RatesMode any                 `json:"rates_mode"`
	StatsOff  Truth               `json:"disable_stats"`
	Stats     Maybe[MessageStats] `json:"message_stats"`
	Queues    Maybe[struct {
		Messages Number `json:"messages"`
		Ready    Number `json:"messages_ready"`
		Unacked  Number `json:"messages_unacknowledged"`
	}] `json:"queue_totals"`
	Objects Maybe[struct {
		Channels    Number `json:"channels"`
		Connections Number `json:"connections"`
		Consumers   Number `json:"consumers"`
		Exchanges   Number `json:"exchanges"`
		Queues      Number `json:"queues"`
	}] `json:"object_totals"`
	Listeners List[Listener] `json:"listeners"`
}

// Listener is where a node of the cluster takes connections.
type Listener struct {
	Node     Word   `json:"node"`
	Protocol Word   `json:"protocol"`
	Address  Word   `json:"ip_address"`
	Port     Number `json:"port"`
}

// Node is one of /api/nodes.
type Node struct {
	Name          Word   `json:"name"`
	Running       any    `json:"running"`
	Uptime        Number `json:"uptime"`
	MemoryUsed    Number `json:"mem_used"`
	MemoryLimit   Number `json:"mem_limit"`
	MemoryAlarm   Truth  `json:"mem_alarm"`
	DiskFree      Number `json:"disk_free"`
	DiskLimit     Number `json:"disk_free_limit"`
	DiskAlarm     Truth  `json:"disk_free_alarm"`
	FilesUsed     Number `json:"fd_used"`
	FilesTotal    Number `json:"fd_total"`
	SocketsUsed   Number `json:"sockets_used"`
	SocketsTotal  Number `json:"sockets_total"`
	ProcessesUsed Number `json:"proc_used"`
	ProcessesMax  Number `json:"proc_total"`
	Partitions    any    `json:"partitions"`
	Kind          Word   `json:"type"`
	RunQueue      Number `json:"run_queue"`
	Draining      Truth  `json:"being_drained"`
}

// NodeColumns leaves out the long lists of applications and exchange types.
const NodeColumns = "name,running,uptime,mem_used,mem_limit,mem_alarm,disk_free,disk_free_limit,disk_free_alarm," +
	"fd_used,fd_total,sockets_used,sockets_total,proc_used,proc_total,partitions,type,run_queue,being_drained"

// BrokerVersion is the broker's own; a product built on RabbitMQ may count differently.
func (o *Overview) BrokerVersion() Version {
	if o.RabbitVersion != "" {
		return ParseVersion(string(o.RabbitVersion))
	}
	return ParseVersion(string(o.Version))
}
