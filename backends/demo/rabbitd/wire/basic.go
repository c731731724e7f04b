package wire

// BasicQos limits what may be on its way without an acknowledgement.
type BasicQos struct {
	PrefetchSize  uint32
	PrefetchCount uint16
	Global        bool
}

// ID is the number of the method.
func (*BasicQos) ID() MethodID { return IDBasicQos }

func (m *BasicQos) fields(c *coder) {
	c.long(&m.PrefetchSize)
	c.short(&m.PrefetchCount)
	c.bits(&m.Global)
}

// BasicQosOk says that the limit holds.
type BasicQosOk struct{}

// ID is the number of the method.
func (*BasicQosOk) ID() MethodID { return IDBasicQosOk }

func (*BasicQosOk) fields(*coder) {}

// BasicConsume starts a consumer.
type BasicConsume struct {
	Queue, ConsumerTag                string
	NoLocal, NoAck, Exclusive, NoWait bool
	Arguments                         Table
}

// ID is the number of the method.
func (*BasicConsume) ID() MethodID { return IDBasicConsume }

func (m *BasicConsume) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Queue)
	c.shortstr(&m.ConsumerTag)
	c.bits(&m.NoLocal, &m.NoAck, &m.Exclusive, &m.NoWait)
	c.table(&m.Arguments)
}

// BasicConsumeOk says that it is there.
type BasicConsumeOk struct {
	ConsumerTag string
}

// ID is the number of the method.
func (*BasicConsumeOk) ID() MethodID { return IDBasicConsumeOk }

func (m *BasicConsumeOk) fields(c *coder) {
	c.shortstr(&m.ConsumerTag)
}

// BasicCancel ends a consumer. The server sends it too, to clients with the capability consumer_cancel_notify.
type BasicCancel struct {
	ConsumerTag string
	NoWait      bool
}

// ID is the number of the method.
func (*BasicCancel) ID() MethodID { return IDBasicCancel }

func (m *BasicCancel) fields(c *coder) {
	c.shortstr(&m.ConsumerTag)
	c.bits(&m.NoWait)
}

// BasicCancelOk says that it is gone.
type BasicCancelOk struct {
	ConsumerTag string
}

// ID is the number of the method.
func (*BasicCancelOk) ID() MethodID { return IDBasicCancelOk }

func (m *BasicCancelOk) fields(c *coder) {
	c.shortstr(&m.ConsumerTag)
}

// BasicPublish publishes the message that follows.
type BasicPublish struct {
	Exchange, RoutingKey string
	Mandatory, Immediate bool
}

// ID is the number of the method.
func (*BasicPublish) ID() MethodID { return IDBasicPublish }

func (m *BasicPublish) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.Mandatory, &m.Immediate)
}

// BasicReturn gives a mandatory message back that no queue took.
type BasicReturn struct {
	ReplyCode                       uint16
	ReplyText, Exchange, RoutingKey string
}

// ID is the number of the method.
func (*BasicReturn) ID() MethodID { return IDBasicReturn }

func (m *BasicReturn) fields(c *coder) {
	c.short(&m.ReplyCode)
	c.shortstr(&m.ReplyText)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
}

// BasicDeliver delivers the message that follows to a consumer.
type BasicDeliver struct {
	ConsumerTag          string
	DeliveryTag          uint64
	Redelivered          bool
	Exchange, RoutingKey string
}

// ID is the number of the method.
func (*BasicDeliver) ID() MethodID { return IDBasicDeliver }

func (m *BasicDeliver) fields(c *coder) {
	c.shortstr(&m.ConsumerTag)
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Redelivered)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
}

// BasicGet asks for one message.
type BasicGet struct {
	Queue string
	NoAck bool
}

// ID is the number of the method.
func (*BasicGet) ID() MethodID { return IDBasicGet }

func (m *BasicGet) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Queue)
	c.bits(&m.NoAck)
}

// BasicGetOk answers with the message that follows.
type BasicGetOk struct {
	DeliveryTag          uint64
	Redelivered          bool
	Exchange, RoutingKey string
	MessageCount         uint32
}

// ID is the number of the method.
func (*BasicGetOk) ID() MethodID { return IDBasicGetOk }

func (m *BasicGetOk) fields(c *coder) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Redelivered)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.long(&m.MessageCount)
}

// BasicGetEmpty says that there is none.
type BasicGetEmpty struct{}

// ID is the number of the method.
func (*BasicGetEmpty) ID() MethodID { return IDBasicGetEmpty }

func (*BasicGetEmpty) fields(c *coder) {
	c.reservedShortstr()
}

// BasicAck acknowledges a message. From the server it confirms a publish.
type BasicAck struct {
	DeliveryTag uint64
	Multiple    bool
}

// ID is the number of the method.
func (*BasicAck) ID() MethodID { return IDBasicAck }

func (m *BasicAck) fields(c *coder) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Multiple)
}

// BasicReject rejects a message.
type BasicReject struct {
	DeliveryTag uint64
	Requeue     bool
}

// ID is the number of the method.
func (*BasicReject) ID() MethodID { return IDBasicReject }

func (m *BasicReject) fields(c *coder) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Requeue)
}

// BasicRecoverAsync is Recover without an answer.
type BasicRecoverAsync struct {
	Requeue bool
}

// ID is the number of the method.
func (*BasicRecoverAsync) ID() MethodID { return IDBasicRecoverAsync }

func (m *BasicRecoverAsync) fields(c *coder) {
	c.bits(&m.Requeue)
}

// BasicRecover asks for all that was not acknowledged to be delivered again.
type BasicRecover struct {
	Requeue bool
}

// ID is the number of the method.
func (*BasicRecover) ID() MethodID { return IDBasicRecover }

func (m *BasicRecover) fields(c *coder) {
	c.bits(&m.Requeue)
}

// BasicRecoverOk says that it will be.
type BasicRecoverOk struct{}

// ID is the number of the method.
func (*BasicRecoverOk) ID() MethodID { return IDBasicRecoverOk }

func (*BasicRecoverOk) fields(*coder) {}

// BasicNack rejects messages (an extension of RabbitMQ). From the server it denies a publish.
type BasicNack struct {
	DeliveryTag       uint64
	Multiple, Requeue bool
}

// ID is the number of the method.
func (*BasicNack) ID() MethodID { return IDBasicNack }

func (m *BasicNack) fields(c *coder) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Multiple, &m.Requeue)
}

func newBasicMethod(id MethodID) Method {
	switch id {
	case IDBasicQos:
		return &BasicQos{}
	case IDBasicQosOk:
		return &BasicQosOk{}
	case IDBasicConsume:
		return &BasicConsume{}
	case IDBasicConsumeOk:
		return &BasicConsumeOk{}
	case IDBasicCancel:
		return &BasicCancel{}
	case IDBasicCancelOk:
		return &BasicCancelOk{}
	case IDBasicPublish:
		return &BasicPublish{}
	case IDBasicReturn:
		return &BasicReturn{}
	case IDBasicDeliver:
		return &BasicDeliver{}
	case IDBasicGet:
		return &BasicGet{}
	case IDBasicGetOk:
		return &BasicGetOk{}
	case IDBasicGetEmpty:
		return &BasicGetEmpty{}
	default:
		return newAcknowledgement(id)
	}
}

func newAcknowledgement(id MethodID) Method {
	switch id {
	case IDBasicAck:
		return &BasicAck{}
	case IDBasicReject:
		return &BasicReject{}
	case IDBasicRecoverAsync:
		return &BasicRecoverAsync{}
	case IDBasicRecover:
		return &BasicRecover{}
	case IDBasicRecoverOk:
		return &BasicRecoverOk{}
	case IDBasicNack:
		return &BasicNack{}
	default:
		return nil
	}
}
