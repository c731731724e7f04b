package management

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// NodeFigures are what a node says of itself in sums over all its objects.
type NodeFigures struct {
	// Node and Cluster say who told it, Version and Erlang what it runs.
	Node, Cluster, Version, Erlang string

	sums map[string]float64
}

// Of is the figure of a metric, without the "rabbitmq_" that all names begin with.
func (f NodeFigures) Of(metric string) Number {
	v, ok := f.sums[metric]
	if !ok {
		return Number{}
	}
	return Num(v)
}

// ReadNode scrapes the node that listens at base.
func (s *Scraper) ReadNode(ctx context.Context, base url.URL) (NodeFigures, error) {
	var found NodeFigures
	err := s.get(ctx, base, pathMetrics, nil, func(r io.Reader) (err error) {
		found, err = ReadNodeFigures(r)
		return err
	})
	return found, err
}

// ReadNodeFigures reads the text format. What has labels, because it is counted by protocol or because an
// old server tells of every object, is added up.
func ReadNodeFigures(r io.Reader) (NodeFigures, error) {
	found := NodeFigures{sums: map[string]float64{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	for lines.Scan() {
		name, ok := strings.CutPrefix(lines.Text(), "rabbitmq_")
		if !ok {
			continue
		}
		end := strings.IndexAny(name, "{ ")
		if end < 0 {
			continue
		}
		name, rest := name[:end], name[end:]
		if strings.HasPrefix(rest, "{") {
			found.labelled(name, rest[1:])
			continue
		}
		number, _, _ := strings.Cut(strings.TrimSpace(rest), " ") // a time may follow
		if v, err := strconv.ParseFloat(number, 64); err == nil && v == v {
			found.sums[name] += v
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
		return NodeFigures{}, fmt.Errorf("reading metrics: %w", err)
	}
	return found, nil
}

// labelled takes over a line with labels.
func (f *NodeFigures) labelled(name, rest string) {
	labels, value := readLabels(rest)
	switch name {
	case "identity_info":
		f.Node, f.Cluster = labels["rabbitmq_node"], labels["rabbitmq_cluster"]
	case "build_info":
		f.Version, f.Erlang = labels["rabbitmq_version"], labels["erlang_version"]
	default:
		if value.Known {
			f.sums[name] += value.Value
		}
	}
}
