package management

// Attached is a consumer as /api/consumers and a queue's consumer_details show it, as far as it tells who
// takes messages where.
type Attached struct {
	Tag   string `json:"consumer_tag"`
	Queue struct {
		Name string `json:"name"`
	} `json:"queue"`
	Channel Maybe[AttachedChannel] `json:"channel_details"`
	// Activity is "single_active", "up", "waiting" or "suspected_down".
	Activity Word `json:"activity_status"`
}

// QueueAttached is a queue as /api/queues/{vhost}/{name} shows it, with its consumers.
type QueueAttached struct {
	Queue
	Attached List[Attached] `json:"consumer_details"`
}

// AttachedChannel is a channel as what belongs to it names it.
type AttachedChannel struct {
	Connection Word   `json:"connection_name"`
	Host       Word   `json:"peer_host"`
	Port       Number `json:"peer_port"`
	User       Word   `json:"user"`
	Number     Number `json:"number"`
}

// Client is the address of the consumer's connection, "" when that is not told.
func (a Attached) Client() string { return a.Channel.Value.Client() }

// Client is the address of the channel's connection, "" when that is not told.
func (c AttachedChannel) Client() string {
	if c.Host == "" {
		return string(c.Connection)
	}
	if port := c.Port.Text(0); port != "" {
		return string(c.Host) + ":" + port
	}
	return string(c.Host)
}
