package management

// Vhost is a virtual host as /api/vhosts shows it.
type Vhost struct {
	Name string `json:"name"`
	// Tracing says that the firehose is on (rabbitmq.com/docs/firehose).
	Tracing Truth `json:"tracing"`
	// DefaultType is the type of queues that are declared without one, from 3.11 on.
	DefaultType Word `json:"default_queue_type"`
}
