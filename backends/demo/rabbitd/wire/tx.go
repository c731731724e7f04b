package wire

// ConfirmSelect asks for confirmations of what is published on the channel (an extension of RabbitMQ).
type ConfirmSelect struct {
	NoWait bool
}

// ID is the number of the method.
func (*ConfirmSelect) ID() MethodID { return IDConfirmSelect }

func (m *ConfirmSelect) fields(c *coder) {
	c.bits(&m.NoWait)
}

// ConfirmSelectOk says that they will come.
type ConfirmSelectOk struct{}

// ID is the number of the method.
func (*ConfirmSelectOk) ID() MethodID { return IDConfirmSelectOk }

func (*ConfirmSelectOk) fields(*coder) {}

// TxSelect makes the channel transactional.
type TxSelect struct{}

// ID is the number of the method.
func (*TxSelect) ID() MethodID { return IDTxSelect }

func (*TxSelect) fields(*coder) {}

// TxSelectOk says that it is.
type TxSelectOk struct{}

// ID is the number of the method.
func (*TxSelectOk) ID() MethodID { return IDTxSelectOk }

func (*TxSelectOk) fields(*coder) {}

// TxCommit makes happen what the transaction holds.
type TxCommit struct{}

// ID is the number of the method.
func (*TxCommit) ID() MethodID { return IDTxCommit }

func (*TxCommit) fields(*coder) {}

// TxCommitOk says that it has happened.
type TxCommitOk struct{}

// ID is the number of the method.
func (*TxCommitOk) ID() MethodID { return IDTxCommitOk }

func (*TxCommitOk) fields(*coder) {}

// TxRollback drops what the transaction holds.
type TxRollback struct{}

// ID is the number of the method.
func (*TxRollback) ID() MethodID { return IDTxRollback }

func (*TxRollback) fields(*coder) {}

// TxRollbackOk says that it is dropped.
type TxRollbackOk struct{}

// ID is the number of the method.
func (*TxRollbackOk) ID() MethodID { return IDTxRollbackOk }

func (*TxRollbackOk) fields(*coder) {}

func newTxMethod(id MethodID) Method {
	switch id {
	case IDConfirmSelect:
		return &ConfirmSelect{}
	case IDConfirmSelectOk:
		return &ConfirmSelectOk{}
	case IDTxSelect:
		return &TxSelect{}
	case IDTxSelectOk:
		return &TxSelectOk{}
	case IDTxCommit:
		return &TxCommit{}
	case IDTxCommitOk:
		return &TxCommitOk{}
	case IDTxRollback:
		return &TxRollback{}
	case IDTxRollbackOk:
		return &TxRollbackOk{}
	default:
		return nil
	}
}
