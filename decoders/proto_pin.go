package decoders

// pinnedProto reads data as a message: of the type asked for, or without one of the type of the schema
// that explains it.
func (d *decoding) pinnedProto(message string, data []byte) *Result {
	layer := Layer{Format: formatProtobuf, Reason: ReasonPinned, Confidence: 1}
	if message == "" {
		_, why := protoSkip(data)
		return d.bestType(data, d.schema.matches(data, why == breakEnd), layer, 1)
	}
	full, err := d.schema.Resolve(message)
	if err != nil {
		r := leafResult(formatProtobuf, data, layer)
		r.Fault = &Fault{Text: err.Error()}
		return r
	}
	r := d.typedProto(d.schema.messages[full], data)
	layer.Message = full
	r.Layers = []Layer{layer}
	return r
}

// typedProto reads data as a message of a type.
func (d *decoding) typedProto(m *messageType, data []byte) *Result {
	r := d.result(formatProtobuf, data, walkMessage(data, m, d.schema, d.limits))
	r.Layers[0].Message = m.name
	return r
}
