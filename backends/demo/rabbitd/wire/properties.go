package wire

import (
	"fmt"
	"time"
)

// Present is the set of properties that a content header has, as the bits of its flag word
// (section 4.2.6.1; the order is that of class basic in section 1.8.1).
type Present uint16

// The properties of class basic.
const (
	HasContentType     Present = 1 << 15
	HasContentEncoding Present = 1 << 14
	HasHeaders         Present = 1 << 13
	HasDeliveryMode    Present = 1 << 12
	HasPriority        Present = 1 << 11
	HasCorrelationID   Present = 1 << 10
	HasReplyTo         Present = 1 << 9
	HasExpiration      Present = 1 << 8
	HasMessageID       Present = 1 << 7
	HasTimestamp       Present = 1 << 6
	HasType            Present = 1 << 5
	HasUserID          Present = 1 << 4
	HasAppID           Present = 1 << 3
	HasClusterID       Present = 1 << 2

	reservedBit Present = 1 << 1
	moreFlags   Present = 1 << 0
)

// Properties are those of a message. A property is there when its bit in Present is set or its
// value is not the zero value: who makes Properties needs Present only for a property that is
// there and empty. Read keeps exactly what the header had.
type Properties struct {
	Present         Present
	ContentType     string
	ContentEncoding string
	Headers         Table
	DeliveryMode    uint8 // 1 transient, 2 persistent
	Priority        uint8
	CorrelationID   string
	ReplyTo         string
	Expiration      string // milliseconds, as text
	MessageID       string
	Timestamp       time.Time // whole seconds
	Type            string
	UserID          string
	AppID           string
	ClusterID       string
}

// Has reports whether all the properties of want are there.
func (p *Properties) Has(want Present) bool { return p.all()&want == want }

// all is Present with what the values say.
func (p *Properties) all() Present {
	there := p.Present
	mark := func(bit Present, set bool) {
		if set {
			there |= bit
		}
	}
	mark(HasContentType, p.ContentType != "")
	mark(HasContentEncoding, p.ContentEncoding != "")
	mark(HasHeaders, p.Headers != nil)
	mark(HasDeliveryMode, p.DeliveryMode != 0)
	mark(HasPriority, p.Priority != 0)
	mark(HasCorrelationID, p.CorrelationID != "")
	mark(HasReplyTo, p.ReplyTo != "")
	mark(HasExpiration, p.Expiration != "")
	mark(HasMessageID, p.MessageID != "")
	mark(HasTimestamp, !p.Timestamp.IsZero())
	mark(HasType, p.Type != "")
	mark(HasUserID, p.UserID != "")
	mark(HasAppID, p.AppID != "")
	mark(HasClusterID, p.ClusterID != "")
	return there &^ (reservedBit | moreFlags)
}

// Persistent reports whether the message asks to survive a restart.
func (p *Properties) Persistent() bool { return p.DeliveryMode == 2 }

// fields goes through the properties that there names.
func (p *Properties) fields(c *coder, there Present) {
	str := func(bit Present, v *string) {
		if there&bit != 0 {
			c.shortstr(v)
		}
	}
	str(HasContentType, &p.ContentType)
	str(HasContentEncoding, &p.ContentEncoding)
	if there&HasHeaders != 0 {
		c.table(&p.Headers)
	}
	if there&HasDeliveryMode != 0 {
		c.octet(&p.DeliveryMode)
	}
	if there&HasPriority != 0 {
		c.octet(&p.Priority)
	}
	str(HasCorrelationID, &p.CorrelationID)
	str(HasReplyTo, &p.ReplyTo)
	str(HasExpiration, &p.Expiration)
	str(HasMessageID, &p.MessageID)
	if there&HasTimestamp != 0 {
		c.timestamp(&p.Timestamp)
	}
	str(HasType, &p.Type)
	str(HasUserID, &p.UserID)
	str(HasAppID, &p.AppID)
	str(HasClusterID, &p.ClusterID)
}

func (d *coder) timestamp(v *time.Time) {
	seconds := uint64(v.Unix())
	d.longlong(&seconds)
	if d.decoding {
		*v = time.Unix(int64(seconds), 0).UTC()
	}
}

// AppendProperties appends the flag word and the properties that are there.
func AppendProperties(dst []byte, p *Properties) []byte {
	there := p.all()
	c := coder{buf: append16(dst, uint16(there))}
	p.fields(&c, there)
	return c.buf
}

// ReadProperties reads a flag word and the properties that it names, to the end of src.
func ReadProperties(src []byte) (Properties, error) {
	c := coder{buf: src, decoding: true}
	p := Properties{Present: Present(c.take16()) &^ reservedBit}
	if p.Present&moreFlags != 0 {
		c.fail(fmt.Errorf("%w: property flags %#04x", ErrSyntax, uint16(p.Present)))
	}
	p.fields(&c, p.Present)
	if c.err == nil && len(c.buf) > 0 {
		c.fail(fmt.Errorf("%w: %d bytes after the properties", ErrSyntax, len(c.buf)))
	}
	return p, c.err
}
