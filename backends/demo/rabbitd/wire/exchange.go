package wire

// ExchangeDeclare makes an exchange, or checks that it is as described.
type ExchangeDeclare struct {
	Exchange, Type                                 string
	Passive, Durable, AutoDelete, Internal, NoWait bool
	Arguments                                      Table
}

// ID is the number of the method.
func (*ExchangeDeclare) ID() MethodID { return IDExchangeDeclare }

func (m *ExchangeDeclare) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Exchange)
	c.shortstr(&m.Type)
	c.bits(&m.Passive, &m.Durable, &m.AutoDelete, &m.Internal, &m.NoWait)
	c.table(&m.Arguments)
}

// ExchangeDeclareOk says that it is there.
type ExchangeDeclareOk struct{}

// ID is the number of the method.
func (*ExchangeDeclareOk) ID() MethodID { return IDExchangeDeclareOk }

func (*ExchangeDeclareOk) fields(*coder) {}

// ExchangeDelete removes an exchange.
type ExchangeDelete struct {
	Exchange         string
	IfUnused, NoWait bool
}

// ID is the number of the method.
func (*ExchangeDelete) ID() MethodID { return IDExchangeDelete }

func (m *ExchangeDelete) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Exchange)
	c.bits(&m.IfUnused, &m.NoWait)
}

// ExchangeDeleteOk says that it is gone.
type ExchangeDeleteOk struct{}

// ID is the number of the method.
func (*ExchangeDeleteOk) ID() MethodID { return IDExchangeDeleteOk }

func (*ExchangeDeleteOk) fields(*coder) {}

// ExchangeBind binds an exchange to another (an extension of RabbitMQ).
type ExchangeBind struct {
	Destination, Source, RoutingKey string
	NoWait                          bool
	Arguments                       Table
}

// ID is the number of the method.
func (*ExchangeBind) ID() MethodID { return IDExchangeBind }

func (m *ExchangeBind) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Destination)
	c.shortstr(&m.Source)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

// ExchangeBindOk says that the binding is there.
type ExchangeBindOk struct{}

// ID is the number of the method.
func (*ExchangeBindOk) ID() MethodID { return IDExchangeBindOk }

func (*ExchangeBindOk) fields(*coder) {}

// ExchangeUnbind removes such a binding.
type ExchangeUnbind struct {
	Destination, Source, RoutingKey string
	NoWait                          bool
	Arguments                       Table
}

// ID is the number of the method.
func (*ExchangeUnbind) ID() MethodID { return IDExchangeUnbind }

func (m *ExchangeUnbind) fields(c *coder) {
	c.reservedShort()
	c.shortstr(&m.Destination)
	c.shortstr(&m.Source)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

// ExchangeUnbindOk says that it is gone.
type ExchangeUnbindOk struct{}

// ID is the number of the method.
func (*ExchangeUnbindOk) ID() MethodID { return IDExchangeUnbindOk }

func (*ExchangeUnbindOk) fields(*coder) {}

func newExchangeMethod(id MethodID) Method {
	switch id {
	case IDExchangeDeclare:
		return &ExchangeDeclare{}
	case IDExchangeDeclareOk:
		return &ExchangeDeclareOk{}
	case IDExchangeDelete:
		return &ExchangeDelete{}
	case IDExchangeDeleteOk:
		return &ExchangeDeleteOk{}
	case IDExchangeBind:
		return &ExchangeBind{}
	case IDExchangeBindOk:
		return &ExchangeBindOk{}
	case IDExchangeUnbind:
		return &ExchangeUnbind{}
	case IDExchangeUnbindOk:
		return &ExchangeUnbindOk{}
	default:
		return nil
	}
}
