package jsonout

import (
	"bustop/backends"
	"bustop/decoders"
)

// kindMessage and kindGap are the kinds of what peek and tail print.
const (
	kindMessage backends.Kind = "message"
	kindGap     backends.Kind = "gap"
)

// Message appends a message with its decoded payload. A mark in a flow (Message.Gap) becomes an
// object of kind gap, and payload is not looked at then.
func Message(dst []byte, from Origin, m backends.Message, payload *decoders.Result) []byte {
	if m.Gap != "" {
		return gap(dst, from, m)
	}
	o := beginObject(dst, kindMessage, from, m.Target.Name)
	o.text("target", m.Target.String())
	o.optional("position", m.Position)
	o.time("time", m.Time)
	o.flag("time_received", m.TimeReceived)
	o.optional("route", m.Route)
	o.optional("content_type", m.ContentType)
	o.optional("content_encoding", m.ContentEncoding)
	o.flag("redelivered", m.Redelivered)
	o.fields("headers", m.Headers)
	o.types("header_types", m.Headers)
	o.int("bytes", int64(m.Size))
	o.key("payload")
	o.buf = Payload(o.buf, payload)
	return o.end()
}

func gap(dst []byte, from Origin, m backends.Message) []byte {
	o := beginObject(dst, kindGap, from, m.Target.Name)
	o.text("target", m.Target.String())
	o.time("time", m.Time)
	o.text("text", m.Gap)
	return o.end()
}

// Payload appends what was made of a payload.
func Payload(dst []byte, r *decoders.Result) []byte {
	o := begin(dst)
	o.word("format", r.Format)
	o.float("confidence", r.Confidence())
	o.list("layers", len(r.Layers), func(dst []byte, i int) []byte {
		l := begin(dst)
		l.word("format", r.Layers[i].Format)
		if m := r.Layers[i].Message; m != "" {
			l.text("message", m)
		}
		l.text("reason", r.Layers[i].Reason)
		l.float("confidence", r.Layers[i].Confidence)
		return l.end()
	})
	o.key("value")
	o.buf = Printable(o.buf, r.AppendJSON(nil))
	o.text("diagnostic", r.Diagnostic())
	o.flag("truncated", r.Truncated)
	if r.Fault == nil {
		o.null("error")
	} else {
		o.key("error")
		e := begin(o.buf)
		e.int("offset", int64(r.Fault.Offset))
		e.text("text", r.Fault.Text)
		o.buf = e.end()
	}
	o.list("also", len(r.Also), func(dst []byte, i int) []byte {
		g := begin(dst)
		g.word("format", r.Also[i].Format)
		g.float("confidence", r.Also[i].Confidence)
		return g.end()
	})
	return o.end()
}
