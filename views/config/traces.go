package config

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
)

// Traces says where spans come from and go to.
type Traces struct {
	// Receive is the address on which spans of applications are taken, "" for none, and Token what they must
	// send along.
	Receive Text     `yaml:"receive"`
	Token   Password `yaml:"token"`
	// Export is the URL of a collector for bustop's own spans, "" for none, Protocol how it is spoken to.
	Export   Text `yaml:"export"`
	Protocol Text `yaml:"protocol"`
	// Keys lets names of Redis keys out, Polls the spans of bustop's refreshing.
	Keys  bool `yaml:"keys"`
	Polls bool `yaml:"polls"`
}

func (f *File) checkTraces(mode fs.FileMode) error {
	t := &f.Traces
	if t.Receive.Value != "" {
		if _, _, err := net.SplitHostPort(t.Receive.Value); err != nil {
			return f.fault(t.Receive.at, "receive: expected HOST:PORT, for example 127.0.0.1:4318")
		}
	}
	protocols := []string{"", "grpc", "http/protobuf", "http/json"}
	if !slices.Contains(protocols, t.Protocol.Value) {
		return f.fault(t.Protocol.at, "protocol: expected "+strings.Join(protocols[1:], ", "))
	}
	if mode&0o077 != 0 && literalPassword(t.Export.Value) {
		return f.fault(t.Export.at, wideOpen("a URL holds a password", mode))
	}
	return f.checkPassword(t.Token, mode)
}

// ReceiverToken fetches the token of the receiver, "" for none.
func (f *File) ReceiverToken(ctx context.Context, getenv func(string) string) (string, error) {
	token, _, err := f.password(ctx, f.Traces.Token, getenv)
	if err != nil {
		return "", err
	}
	return token, nil
}

// ExportURL is the collector's URL with its variables replaced.
func (f *File) ExportURL(getenv func(string) string) (string, error) {
	return f.expandURL(f.Traces.Export, getenv)
}

// checkPassword refuses a file that other users may read when it holds a password, and one that they may
// change when it runs a command.
func (f *File) checkPassword(p Password, mode fs.FileMode) error {
	if p := p.Literal; mode&0o077 != 0 && literal(p.Value) {
		return f.fault(p.at, wideOpen("it holds a password", mode))
	}
	if c := p.Command; mode&0o022 != 0 && c.Value != "" {
		return f.fault(c.at, fmt.Sprintf("a command is not run from a file that other users may change (mode %04o; chmod 600 it)", mode))
	}
	return nil
}
