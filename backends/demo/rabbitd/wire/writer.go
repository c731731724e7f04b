package wire

// A Writer collects frames in memory. Its zero value is ready for use.
type Writer struct{ c coder }

// Bytes are the frames since the last Reset. They belong to the writer.
func (w *Writer) Bytes() []byte { return w.c.buf }

// Len is the number of bytes that wait.
func (w *Writer) Len() int { return len(w.c.buf) }

// Reset forgets all frames and writes into buf from its beginning.
func (w *Writer) Reset(buf []byte) { w.c.buf = buf[:0] }

// Method adds a method frame.
func (w *Writer) Method(channel uint16, m Method) {
	at := w.begin(FrameMethod, channel)
	w.c.buf = append32(w.c.buf, uint32(m.ID()))
	m.fields(&w.c)
	w.end(at)
}

// Header adds the header frame of a message of class basic with a body of that size.
func (w *Writer) Header(channel uint16, p *Properties, bodySize uint64) {
	at := w.begin(FrameHeader, channel)
	w.c.buf = append64(append16(append16(w.c.buf, ClassBasic), 0), bodySize)
	w.c.buf = AppendProperties(w.c.buf, p)
	w.end(at)
}

// EncodedHeader adds a header frame with properties that are bytes already.
func (w *Writer) EncodedHeader(channel uint16, encoded []byte, bodySize uint64) {
	at := w.begin(FrameHeader, channel)
	w.c.buf = append64(append16(append16(w.c.buf, ClassBasic), 0), bodySize)
	w.c.buf = append(w.c.buf, encoded...)
	w.end(at)
}

// Heartbeat adds a heartbeat.
func (w *Writer) Heartbeat() { w.end(w.begin(FrameHeartbeat, 0)) }

// Body adds a body frame. The payload is copied.
func (w *Writer) Body(channel uint16, payload []byte) {
	at := w.begin(FrameBody, channel)
	w.c.buf = append(w.c.buf, payload...)
	w.end(at)
}

// BodyHead adds what comes before the payload of a body frame of that size, and BodyTail what
// comes after it: for a payload that is too large to be copied.
func (w *Writer) BodyHead(channel uint16, size int) {
	w.c.buf = append32(append16(append(w.c.buf, FrameBody), channel), uint32(size))
}

// BodyTail ends what BodyHead began.
func (w *Writer) BodyTail() { w.c.buf = append(w.c.buf, FrameEnd) }

func (w *Writer) begin(kind uint8, channel uint16) (at int) {
	w.c.buf, at = reserve32(append16(append(w.c.buf, kind), channel))
	return at
}

func (w *Writer) end(at int) { w.c.buf = append(fill32(w.c.buf, at), FrameEnd) }
