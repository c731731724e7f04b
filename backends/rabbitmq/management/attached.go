package management

// Attached is a consumer as /api/consumers and a queue's consumer_details show it, as far as it tells who
// takes messages where.
type Attached struct {
	Tag   string `json:"consumer_tag"`
	Queue struct {
		Name string `json:"name"`
	} `json:"queue"`
	Channel Maybe[struct {
		Connection Word   `json:"connection_name"`
		Host       Word   `json:"peer_host"`
		Port       Number `json:"peer_port"`
		User       Word   `json:"user"`
	}] `json:"channel_details"`
	// Activity is "single_active", "up", "waiting" or "suspected_down".
	Activity Word `json:"activity_status"`
}

// QueueAttached is a queue as /api/queues/{vhost}/{name} shows it, with its consumers.
type QueueAttached struct {
	Queue
	Attached List[Attached] `json:"consumer_details"`
}

// Client is the address of the consumer's connection, "" when that is not told.
func (a Attached) Client() string {
	channel := a.Channel.Value
	if channel.Host == "" {
		return string(channel.Connection)
	}
	if port := channel.Port.Text(0); port != "" {
		return string(channel.Host) + ":" + port
	}
	return string(channel.Host)
}
