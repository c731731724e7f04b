// Foreign writes payloads of Go's encoders as JSON lines, which the matrix reads:
//
//	go run . -seed 1 -n 20000 > go.jsonl
//	(cd npm && npm install --ignore-scripts --no-package-lock && node corpus.mjs 1 20000) > npm.jsonl
//	cd ../../.. && go run ./decoders/corpus/matrix -from decoders/corpus/foreign/go.jsonl
//
// The program in npm does the same with the encoders of JavaScript. Both are modules of their own, so
// that nothing else depends on their libraries, and need the network once. Each line is
// {"template","class","want","accept","undecidable","partial","data"} with the payload in base64.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"log"
	"math/rand/v2"
	"os"
)

// payload is one line.
type payload struct {
	Template    string   `json:"template"`
	Class       string   `json:"class"`
	Want        string   `json:"want"`
	Accept      []string `json:"accept,omitempty"`
	Undecidable bool     `json:"undecidable,omitempty"`
	Partial     bool     `json:"partial,omitempty"`
	Data        []byte   `json:"data"`
}

// maker makes payloads by chance that its seed decides.
type maker struct {
	*rand.Rand
	out []payload
}

func main() {
	seed := flag.Uint64("seed", 1, "decides the payloads")
	count := flag.Int("n", 20000, "payloads to make")
	flag.Parse()
	m := &maker{Rand: rand.New(rand.NewPCG(*seed, 0x6865_6c6d))}
	for len(m.out) < *count {
		m.round()
	}
	w := bufio.NewWriter(os.Stdout)
	enc := json.NewEncoder(w)
	for _, p := range m.out[:*count] {
		if err := enc.Encode(p); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
}

// round makes one document in every encoding, with damage and wrappings, and some other payloads.
func (m *maker) round() {
	name, doc := m.document()
	for _, e := range encoders() {
		data, err := e.encode(m, doc)
		if err != nil || len(data) == 0 {
			continue // it does not take such documents
		}
		p := payload{Template: e.name + ": " + name, Class: "whole", Want: e.format, Data: data, Undecidable: len(data) < 8}
		m.out = append(m.out, p)
		if p.Undecidable {
			continue
		}
		if m.IntN(3) == 0 && (e.format == "msgpack" || e.format == "cbor") {
			m.damaged(p)
		}
		if m.IntN(3) == 0 {
			m.wrapped(p)
		}
	}
	m.messages()
	m.texts()
	m.binaries()
}

// damaged adds a payload cut, as a beginning, with rubbish behind it, and several times.
func (m *maker) damaged(p payload) {
	n := len(p.Data)
	if n >= 48 {
		cut := p
		cut.Class, cut.Data = "cut", p.Data[:n/2+m.IntN(n/2)]
		m.out = append(m.out, cut)
		cut.Class, cut.Partial = "prefix", true
		m.out = append(m.out, cut)
	}
	if n < 16 {
		return
	}
	twice, trail := p, p
	twice.Class, twice.Data = "concatenated", append(p.Data[:n:n], p.Data...)
	trail.Class, trail.Data = "trailing", append(p.Data[:n:n], m.noise(1+m.IntN(min(n/4, 64)))...)
	m.out = append(m.out, twice, trail)
}

func pick[T any](m *maker, of ...T) T { return of[m.IntN(len(of))] }

func (m *maker) noise(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(m.Uint32())
	}
	return out
}

func (m *maker) yes() bool { return m.IntN(2) == 0 }
