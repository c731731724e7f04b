package main

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/fxamacker/cbor/v2"
	hashicorp "github.com/hashicorp/go-msgpack/v2/codec"
	shamaton "github.com/shamaton/msgpack/v2"
	"github.com/tinylib/msgp/msgp"
	"github.com/ugorji/go/codec"
	"github.com/vmihailenco/msgpack/v5"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// encoder writes a document in a format; it may refuse one.
type encoder struct {
	format, name string
	encode       func(m *maker, doc any) ([]byte, error)
}

func encoders() []encoder {
	return []encoder{
		{"msgpack", "ugorji", ugorjiMsgpack(true)},
		{"msgpack", "ugorji old", ugorjiMsgpack(false)},
		{"cbor", "ugorji", ugorjiCBOR(false)},
		{"cbor", "ugorji indefinite", ugorjiCBOR(true)},
		{"msgpack", "hashicorp", hashicorpMsgpack},
		{"msgpack", "tinylib", func(_ *maker, doc any) ([]byte, error) { return msgp.AppendIntf(nil, doc) }},
		{"msgpack", "shamaton", func(_ *maker, doc any) ([]byte, error) { return shamaton.Marshal(doc) }},
		{"msgpack", "vmihailenco", vmihailenco},
		{"cbor", "fxamacker", fxamacker},
		{"bson", "mongo", mongo},
		{"json", "encoding/json", func(_ *maker, doc any) ([]byte, error) { return json.Marshal(doc) }},
	}
}

func ugorjiMsgpack(modern bool) func(*maker, any) ([]byte, error) {
	return func(m *maker, doc any) (out []byte, err error) {
		h := &codec.MsgpackHandle{WriteExt: modern, NoFixedNum: m.IntN(4) == 0, PositiveIntUnsigned: m.yes()}
		h.Canonical = true
		return out, codec.NewEncoderBytes(&out, h).Encode(doc)
	}
}

func ugorjiCBOR(open bool) func(*maker, any) ([]byte, error) {
	return func(m *maker, doc any) (out []byte, err error) {
		h := &codec.CborHandle{IndefiniteLength: open}
		h.Canonical, h.OptimumSize = true, m.yes()
		return out, codec.NewEncoderBytes(&out, h).Encode(doc)
	}
}

func hashicorpMsgpack(m *maker, doc any) (out []byte, err error) {
	h := &hashicorp.MsgpackHandle{WriteExt: m.yes()}
	h.Canonical = true
	return out, hashicorp.NewEncoderBytes(&out, h).Encode(doc)
}

func vmihailenco(m *maker, doc any) ([]byte, error) {
	var b bytes.Buffer
	e := msgpack.NewEncoder(&b)
	e.SetSortMapKeys(true)
	e.UseCompactInts(m.yes())
	err := e.Encode(doc)
	return b.Bytes(), err
}

func fxamacker(m *maker, doc any) ([]byte, error) {
	opt := pick(m, cbor.CanonicalEncOptions(), cbor.PreferredUnsortedEncOptions(), cbor.CTAP2EncOptions())
	opt.Sort = cbor.SortCoreDeterministic
	mode, err := opt.EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(doc)
}

func mongo(_ *maker, doc any) ([]byte, error) {
	if _, ok := doc.(object); !ok {
		return nil, errors.New("no document")
	}
	return bson.Marshal(doc)
}
