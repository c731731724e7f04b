package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/dsnet/compress/bzip2"
	"github.com/golang-jwt/jwt/v5"
	"github.com/golang/snappy"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// wrapping puts bytes into another format.
type wrapping struct {
	format, name string
	wrap         func(m *maker, d []byte) []byte
}

func wrappings() []wrapping {
	return []wrapping{
		{"gzip", "gzip named", func(_ *maker, d []byte) []byte {
			return squeeze(d, func(w io.Writer) io.WriteCloser {
				z := gzip.NewWriter(w)
				z.Name, z.Comment, z.Extra = "messages.dat", "nightly", []byte("AP\x02\x00xy")
				return z
			})
		}},
		{"gzip", "gzip huffman", func(_ *maker, d []byte) []byte {
			return squeeze(d, func(w io.Writer) io.WriteCloser { return must(gzip.NewWriterLevel(w, gzip.HuffmanOnly)) })
		}},
		{"zlib", "zlib", func(m *maker, d []byte) []byte {
			return squeeze(d, func(w io.Writer) io.WriteCloser { return must(zlib.NewWriterLevel(w, pick(m, 0, 1, 9))) })
		}},
		{"zstd", "zstd with size", func(m *maker, d []byte) []byte {
			z := must(zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(pick(m, zstd.SpeedFastest, zstd.SpeedBestCompression))))
			return z.EncodeAll(d, nil)
		}},
		{"zstd", "zstd stream", func(m *maker, d []byte) []byte {
			return squeeze(d, func(w io.Writer) io.WriteCloser {
				return must(zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(m.yes()), zstd.WithSingleSegment(m.yes())))
			})
		}},
		{"lz4", "lz4 frame", func(m *maker, d []byte) []byte {
			return squeeze(d, func(w io.Writer) io.WriteCloser {
				z := lz4.NewWriter(w)
				must(0, z.Apply(lz4.ChecksumOption(m.yes()), lz4.BlockChecksumOption(m.yes()), lz4.SizeOption(uint64(len(d)))))
				return z
			})
		}},
		{"snappy", "snappy framed", func(_ *maker, d []byte) []byte {
			return squeeze(d, func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) })
		}},
		{"snappy", "snappy block", func(_ *maker, d []byte) []byte { return snappy.Encode(nil, d) }},
		{"s2", "s2 framed", func(_ *maker, d []byte) []byte {
			return squeeze(d, func(w io.Writer) io.WriteCloser { return s2.NewWriter(w, s2.WriterConcurrency(1)) })
		}},
		{"bzip2", "bzip2", func(_ *maker, d []byte) []byte {
			return squeeze(d, func(w io.Writer) io.WriteCloser { return must(bzip2.NewWriter(w, nil)) })
		}},
		{"base64", "base64 raw url", func(_ *maker, d []byte) []byte { return []byte(base64.RawURLEncoding.EncodeToString(d)) }},
		{"base64", "base64", func(_ *maker, d []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(d)) }},
		{"hex", "hex", func(_ *maker, d []byte) []byte { return []byte(hex.EncodeToString(d)) }},
		{"grpc", "grpc", func(_ *maker, d []byte) []byte {
			return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(d))), d...)
		}},
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func squeeze(d []byte, open func(io.Writer) io.WriteCloser) []byte {
	var b bytes.Buffer
	w := open(&b)
	must(w.Write(d))
	must(0, w.Close())
	return b.Bytes()
}

// wrapped adds a payload in one wrapping, in two, cut, and compressed without a magic.
func (m *maker) wrapped(p payload) {
	if len(p.Data) < 16 {
		return
	}
	all := wrappings()
	w := all[m.IntN(len(all))]
	once := payload{Template: w.name + " of " + p.Template, Class: "layered", Want: w.format + " → " + p.Want, Data: w.wrap(m, p.Data)}
	m.out = append(m.out, once)
	if o := all[m.IntN(len(all))]; m.IntN(3) == 0 && o.name != "snappy block" {
		m.out = append(m.out, payload{Template: o.name + " of " + once.Template, Class: "layered", Want: o.format + " → " + once.Want, Data: o.wrap(m, once.Data)})
	}
	switch m.IntN(8) {
	case 0:
		data := squeeze(p.Data, func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })
		m.out = append(m.out, payload{Template: "brotli", Class: "opaque", Want: "binary", Accept: []string{"brotli → " + p.Want}, Undecidable: true, Data: data})
	case 1:
		dst := make([]byte, lz4.CompressBlockBound(len(p.Data)))
		if n := must(lz4.CompressBlock(p.Data, dst, nil)); n > 0 {
			m.out = append(m.out, payload{Template: "lz4 block", Class: "opaque", Want: "binary", Accept: []string{"lz4block → " + p.Want}, Undecidable: true, Data: dst[:n]})
		}
	case 2:
		token := jwt.NewWithClaims(jwt.SigningMethodHS384, jwt.MapClaims{"sub": m.person(), "aud": m.words(2), "exp": m.when().Unix()})
		m.out = append(m.out, payload{Template: "jwt", Class: "layered", Want: "jwt → json", Accept: []string{"jwt"}, Data: []byte(must(token.SignedString([]byte("k"))))})
	}
}
