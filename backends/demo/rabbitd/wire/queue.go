package wire

// QueueDeclare makes a queue, or checks that it is as described.
type QueueDeclare struct {
	Queue                                           string
	Passive, Durable, Exclusive, AutoDelete, NoWait bool
	Arguments                                       Table
}

// ID is the number of the method.
func (*QueueDeclare) ID() MethodID { return IDQueueDeclare }

func (m *QueueDeclare) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Queue)
	c.bits(&m.Passive, &m.Durable, &m.Exclusive, &m.AutoDelete, &m.NoWait)
	c.table(&m.Arguments)
}

// QueueDeclareOk says that it is there, and what is in it.
type QueueDeclareOk struct {
	Queue                       string
	MessageCount, ConsumerCount uint32
}

// ID is the number of the method.
func (*QueueDeclareOk) ID() MethodID { return IDQueueDeclareOk }

func (m *QueueDeclareOk) fields(c *coder) {
	c.shortstr(&m.Queue)
	c.long(&m.MessageCount)
	c.long(&m.ConsumerCount)
}

// QueueBind binds a queue to an exchange.
type QueueBind struct {
	Queue, Exchange, RoutingKey string
	NoWait                      bool
	Arguments                   Table
}

// ID is the number of the method.
func (*QueueBind) ID() MethodID { return IDQueueBind }

func (m *QueueBind) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Queue)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

// QueueBindOk says that the binding is there.
type QueueBindOk struct{}

// ID is the number of the method.
func (*QueueBindOk) ID() MethodID { return IDQueueBindOk }

func (*QueueBindOk) fields(*coder) {}

// QueuePurge removes the messages that wait in a queue.
type QueuePurge struct {
	Queue  string
	NoWait bool
}

// ID is the number of the method.
func (*QueuePurge) ID() MethodID { return IDQueuePurge }

func (m *QueuePurge) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Queue)
	c.bits(&m.NoWait)
}

// QueuePurgeOk says how many.
type QueuePurgeOk struct {
	MessageCount uint32
}

// ID is the number of the method.
func (*QueuePurgeOk) ID() MethodID { return IDQueuePurgeOk }

func (m *QueuePurgeOk) fields(c *coder) {
	c.long(&m.MessageCount)
}

// QueueDelete removes a queue.
type QueueDelete struct {
	Queue                     string
	IfUnused, IfEmpty, NoWait bool
}

// ID is the number of the method.
func (*QueueDelete) ID() MethodID { return IDQueueDelete }

func (m *QueueDelete) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Queue)
	c.bits(&m.IfUnused, &m.IfEmpty, &m.NoWait)
}

// QueueDeleteOk says how many messages went with it.
type QueueDeleteOk struct {
	MessageCount uint32
}

// ID is the number of the method.
func (*QueueDeleteOk) ID() MethodID { return IDQueueDeleteOk }

func (m *QueueDeleteOk) fields(c *coder) {
	c.long(&m.MessageCount)
}

// QueueUnbind removes a binding.
type QueueUnbind struct {
	Queue, Exchange, RoutingKey string
	Arguments                   Table
}

// ID is the number of the method.
func (*QueueUnbind) ID() MethodID { return IDQueueUnbind }

func (m *QueueUnbind) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Queue)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.table(&m.Arguments)
}

// QueueUnbindOk says that it is gone.
type QueueUnbindOk struct{}

// ID is the number of the method.
func (*QueueUnbindOk) ID() MethodID { return IDQueueUnbindOk }

func (*QueueUnbindOk) fields(*coder) {}

func newQueueMethod(id MethodID) Method {
	switch id {
	case IDQueueDeclare:
		return &QueueDeclare{}
	case IDQueueDeclareOk:
		return &QueueDeclareOk{}
	case IDQueueBind:
		return &QueueBind{}
	case IDQueueBindOk:
		return &QueueBindOk{}
	case IDQueuePurge:
		return &QueuePurge{}
	case IDQueuePurgeOk:
		return &QueuePurgeOk{}
	case IDQueueDelete:
		return &QueueDelete{}
	case IDQueueDeleteOk:
		return &QueueDeleteOk{}
	case IDQueueUnbind:
		return &QueueUnbind{}
	case IDQueueUnbindOk:
		return &QueueUnbindOk{}
	default:
		return nil
	}
}
