package management

// LetterQueueColumns are the fields of Queue that tell where messages go when they die.
const LetterQueueColumns = "name,type,state,policy,arguments,effective_policy_definition,exclusive,messages,messages_ready,consumers"

// LetterExchange is an exchange with what counts for dead and delayed messages.
type LetterExchange struct {
	Exchange
	// Delayed are the messages that an exchange of the type x-delayed-message holds back.
	Delayed Number `json:"messages_delayed"`
}

// LetterExchangeColumns are the fields of LetterExchange.
const LetterExchangeColumns = "name,type,policy,arguments,messages_delayed"
