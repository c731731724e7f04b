package demo

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"
)

// format is how a payload travels.
type format struct {
	contentType, contentEncoding string
}

// The content types in use; msgpack has no registered one without "vnd.".
const (
	typeJSON    = "application/json"
	typeCBOR    = "application/cbor"
	typeMsgpack = "application/msgpack"
)

// formats are the ones the shop uses. MessagePack comes twice: it is what most services speak.
func formats() []format {
	return []format{{typeMsgpack, ""}, {typeMsgpack, ""}, {typeCBOR, ""}, {typeJSON, ""}, {typeMsgpack, "gzip"}}
}

// encode writes a value whose field names are given by json tags, in whatever format.
func (f format) encode(value any) ([]byte, error) {
	body, err := f.encodePlain(value)
	if err != nil || f.contentEncoding != "gzip" {
		return body, err
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (f format) encodePlain(value any) ([]byte, error) {
	switch f.contentType {
	case typeMsgpack:
		var b bytes.Buffer
		enc := msgpack.NewEncoder(&b)
		enc.SetCustomStructTag("json")
		enc.UseCompactInts(true)
		err := enc.Encode(value)
		return b.Bytes(), err
	case typeCBOR:
		mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano, TimeTag: cbor.EncTagRequired}.EncMode()
		if err != nil {
			return nil, err
		}
		return mode.Marshal(value)
	case typeJSON:
		return json.Marshal(value)
	}
	return nil, fmt.Errorf("unknown content type %q", f.contentType)
}

// decode reads what encode wrote; it fails on a payload that was cut off.
func (f format) decode(body []byte, into any) error {
	if f.contentEncoding == "gzip" {
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return err
		}
		if body, err = io.ReadAll(r); err != nil {
			return err
		}
	}
	switch f.contentType {
	case typeMsgpack:
		dec := msgpack.NewDecoder(bytes.NewReader(body))
		dec.SetCustomStructTag("json")
		return dec.Decode(into)
	case typeCBOR:
		return cbor.Unmarshal(body, into)
	case typeJSON:
		return json.Unmarshal(body, into)
	}
	return fmt.Errorf("unknown content type %q", f.contentType)
}
