package corpus

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// layered adds an encoding in one wrapping, sometimes in two.
func (m *maker) layered(template string, e encoding) {
	add := func(format string, data []byte) {
		if !m.knows(format) {
			return
		}
		m.add(Case{Template: template, Class: classLayered, Want: format + " → " + e.format, Data: data})
	}
	add("gzip", m.gzip(e.data))
	add("zlib", squeezed(e.data, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }))
	z := must(zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)))
	add("zstd", z.EncodeAll(e.data, nil))
	must(0, z.Close())
	add("lz4", squeezed(e.data, func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }))
	add("snappy", squeezed(e.data, func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) }))
	if len(e.data) >= 16 {
		add("snappy", snappy.Encode(nil, e.data))
		add("base64", []byte(pick(m, base64.StdEncoding, base64.URLEncoding, base64.RawURLEncoding).EncodeToString(e.data)))
		add("hex", []byte(hex.EncodeToString(e.data)))
		m.add(Case{
			Template: template, Class: classLayered, Want: "base64 → gzip → " + e.format,
			Data: []byte(base64.StdEncoding.EncodeToString(m.gzip(e.data))),
		})
	}
	if m.knows("jwt") {
		m.token()
	}
}

func (m *maker) gzip(data []byte) []byte {
	return squeezed(data, func(w io.Writer) io.WriteCloser { return must(gzip.NewWriterLevel(w, pick(m, 1, 6, 9))) })
}

func squeezed(data []byte, open func(io.Writer) io.WriteCloser) []byte {
	var b bytes.Buffer
	w := open(&b)
	must(w.Write(data))
	must(0, w.Close())
	return b.Bytes()
}

// token adds a JSON web token (RFC 7519).
func (m *maker) token() {
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	data := part(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." +
		part(map[string]any{"sub": m.name(), "iat": m.instant().Unix(), "admin": m.yes()}) + "." + base64.RawURLEncoding.EncodeToString(m.noise(32))
	m.add(Case{Template: "token", Class: classLayered, Want: "jwt → json", Data: []byte(data)})
}
