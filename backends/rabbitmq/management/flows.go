package management

// Flows are what a server in the mode detailed counted of a place with each of its neighbours
// (rabbitmq.com/docs/management#rates-mode). In the mode basic, which is the default, they are empty.
type Flows struct {
	// Incoming are the channels that publish to an exchange, or the exchanges that clients published to
	// when it ended in a queue.
	Incoming List[struct {
		Channel  AttachedChannel     `json:"channel_details"`
		Exchange named               `json:"exchange"`
		Stats    Maybe[MessageStats] `json:"stats"`
	}] `json:"incoming"`
	// Outgoing are the queues in which what clients published to an exchange has ended, on whatever way.
	Outgoing List[struct {
		Queue named               `json:"queue"`
		Stats Maybe[MessageStats] `json:"stats"`
	}] `json:"outgoing"`
	// Deliveries are the channels to which a queue delivers.
	Deliveries List[struct {
		Channel AttachedChannel     `json:"channel_details"`
		Stats   Maybe[MessageStats] `json:"stats"`
	}] `json:"deliveries"`
}

type named struct {
	Name string `json:"name"`
}

// FlowColumns are the fields of Flows.
const FlowColumns = "incoming,outgoing,deliveries"
