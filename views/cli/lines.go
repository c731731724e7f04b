package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
	"bustop/decoders"
	"bustop/views/jsonout"
)

// maxLine bounds a line of input: a payload of maxPayload bytes in base64 and some fields.
const maxLine = maxPayload/3*4 + 1<<20

// member is a field of a JSON object, its value as it stood there.
type member struct {
	name  string
	value json.RawMessage
}

// lineJob is a line of input on its way to an answer.
type lineJob struct {
	number int
	line   []byte
	err    error       // of reading the line
	answer chan answer // of one
}

type answer struct {
	out []byte
	bad bool
}

// decodeLines decodes the payload in every line of in, on all processors. The answers keep the order
// of the lines, and no more than two lines a processor are in memory.
func (a *app) decodeLines(ctx context.Context, in io.Reader, opt decoders.Options) error {
	workers := runtime.GOMAXPROCS(0)
	todo, order := make(chan *lineJob), make(chan *lineJob, workers)
	stop := make(chan struct{})
	defer close(stop)
	for range workers {
		go func() {
			for job := range todo {
				job.answer <- job.run(opt)
			}
		}()
	}
	var readError error // set before order is closed
	go func() {
		defer close(order)
		defer close(todo)
		readError = feedLines(in, todo, order, stop)
	}()
	lines, bad := 0, 0
	defer func() { describeLines(ctx, lines, bad) }()
	for job := range order {
		done := <-job.answer
		lines++
		if done.bad {
			bad++
		}
		_, _ = a.out.Write(append(done.out, '\n'))
		// Whoever feeds lines one by one waits for each answer.
		if len(order) == 0 {
			if err := a.out.Flush(); err != nil {
				return err
			}
		}
	}
	if err := a.out.Flush(); err != nil {
		return err
	}
	if readError != nil {
		return readError
	}
	if bad > 0 {
		return fmt.Errorf("%d lines could not be read", bad)
	}
	return nil
}

// describeLines tells the span of all lines how many there were, and of how many no payload could be read.
func describeLines(ctx context.Context, lines, bad int) {
	trace.SpanFromContext(ctx).SetAttributes(attribute.String("codec.operation", "decode"),
		semconv.MessagingBatchMessageCount(lines), attribute.Int(spans.BatchDecodeErrorsKey, bad))
}

// feedLines hands every line that is not empty to the workers, and to who waits for the answers.
func feedLines(in io.Reader, todo, order chan<- *lineJob, stop <-chan struct{}) error {
	reader := bufio.NewReaderSize(in, 256<<10)
	for n := 1; ; n++ {
		line, err := readLine(reader)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, errTooLong):
			return err
		case err == nil && len(bytes.TrimSpace(line)) == 0:
			continue
		}
		job := &lineJob{number: n, line: line, err: err, answer: make(chan answer, 1)}
		for _, c := range []chan<- *lineJob{order, todo} {
			select {
			case c <- job:
			case <-stop:
				return nil
			}
		}
	}
}

func (j *lineJob) run(opt decoders.Options) answer {
	if j.err == nil {
		out, err := decodeLine(j.line, opt)
		if err == nil {
			return answer{out: out}
		}
		j.err = err
	}
	return answer{out: badLine(j.line, j.number, j.err), bad: true}
}

var errTooLong = errors.New("line is longer than " + strconv.Itoa(maxLine) + " bytes")

// readLine returns the next line without its end, io.EOF after the last one. Of a line that is
// too long nothing is kept.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if !long {
			line = append(line, part...)
		}
		if len(line) > maxLine {
			line, long = nil, true
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0 && !long):
			return nil, err
		case long:
			return nil, errTooLong
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

// decodeLine answers one line.
func decodeLine(line []byte, opt decoders.Options) ([]byte, error) {
	members, err := parseObject(line)
	if err != nil {
		return nil, err
	}
	var encoded *string
	for _, m := range members {
		if m.name == "base64" {
			if json.Unmarshal(m.value, &encoded) != nil || encoded == nil {
				return nil, errors.New("the field base64 is not a string")
			}
		}
	}
	if encoded == nil {
		return nil, errors.New("the line has no field base64")
	}
	data, err := decodeBase64(*encoded)
	if err != nil {
		return nil, err
	}
	result := decoders.Decode(data, opt)
	return echo(members, "payload", jsonout.Payload(nil, result)), nil
}

// badLine answers a line that cannot be read, with what can be made out of it.
func badLine(line []byte, n int, fault error) []byte {
	members, err := parseObject(line)
	if err != nil {
		members = nil
	}
	number := member{"line", json.RawMessage(strconv.Itoa(n))}
	return echo(append(members, number), "error", jsonout.AppendString(nil, fault.Error()))
}

// echo writes the fields of a line but for base64, and one more, which replaces one of its name.
func echo(members []member, name string, value []byte) []byte {
	out := []byte{'{'}
	written := map[string]bool{"base64": true, name: true}
	for i, m := range members {
		// Of a name that repeats the last one counts.
		if later(members[i+1:], m.name) || written[m.name] {
			continue
		}
		written[m.name] = true
		out = append(jsonout.AppendString(out, m.name), ':')
		out = append(jsonout.Printable(out, compact(m.value)), ',')
	}
	out = append(jsonout.AppendString(out, name), ':')
	return append(append(out, value...), '}')
}

func later(members []member, name string) bool {
	for _, m := range members {
		if m.name == name {
			return true
		}
	}
	return false
}

func compact(value json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return []byte("null")
	}
	return b.Bytes()
}

// parseObject takes a JSON object apart, keeping the order and the exact text of its values.
func parseObject(line []byte) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	start, err := dec.Token()
	if err != nil {
		return nil, notJSON(err)
	}
	if start != json.Delim('{') {
		return nil, errors.New("the line is not a JSON object")
	}
	var members []member
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		m := member{name: key.(string)} // More is true, so a key follows, and keys are strings
		if err := dec.Decode(&m.value); err != nil {
			return nil, notJSON(err)
		}
		members = append(members, m)
	}
	if _, err := dec.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return members, nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("not valid JSON: it ends early")
	}
	return fmt.Errorf("not valid JSON: %w", err)
}

// decodeBase64 takes both alphabets of RFC 4648, with or without padding.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(s, "=")
	enc := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.RawURLEncoding
	}
	data, err := enc.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("the field base64: %w", err)
	}
	return data, nil
}
