package otlp

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// exportTime bounds the export of one batch when nothing else is said.
const exportTime = 10 * time.Second

// The forms of the protocol, in the words of OTEL_EXPORTER_OTLP_PROTOCOL.
const (
	ProtocolGRPC     = "grpc"
	ProtocolProtobuf = "http/protobuf"
	ProtocolJSON     = "http/json"
)

// Protocols are the forms of the protocol.
func Protocols() []string { return []string{ProtocolGRPC, ProtocolProtobuf, ProtocolJSON} }

// Asked is what the configuration file says of the export. The environment counts more.
type Asked struct {
	// Endpoint is a URL as OTEL_EXPORTER_OTLP_ENDPOINT has it, "" for none.
	Endpoint string
	// Protocol is one of Protocols, "" for http/protobuf.
	Protocol string
	// Keys and Polls let names of keys, and the spans of bustop's own refreshing, out too.
	Keys, Polls bool
}

// Settings are where and how spans are exported. Headers hold secrets.
type Settings struct {
	URL      *url.URL
	Protocol string
	Headers  http.Header
	Timeout  time.Duration
	Gzip     bool
	TLS      *tls.Config
	Keys     bool
}

// environment reads the variables of the OTLP exporter: of each there is one for traces, which counts, and
// one for everything (opentelemetry.io/docs/specs/otel/protocol/exporter).
type environment func(string) string

func (env environment) both(name string) (value, from string) {
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"} {
		if value = strings.TrimSpace(env(prefix + name)); value != "" {
			return value, prefix + name
		}
	}
	return "", ""
}

// ExportSettings returns how spans are to be exported, nil when nobody asks for it.
func ExportSettings(getenv func(string) string, file Asked) (*Settings, error) {
	env := environment(getenv)
	wanted, err := env.wanted(file)
	if err != nil || !wanted {
		return nil, err
	}
	s := &Settings{Keys: file.Keys}
	for _, read := range []func(environment, Asked) error{s.readProtocol, s.readEndpoint, s.readHeaders, s.readTransfer, s.readTLS} {
		if err := read(env, file); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// wanted reports whether somebody asks for an export. Unlike the specification's default, nothing leaves the
// machine unasked.
func (env environment) wanted(file Asked) (bool, error) {
	if strings.EqualFold(strings.TrimSpace(env("OTEL_SDK_DISABLED")), "true") {
		return false, nil
	}
	value := strings.TrimSpace(env("OTEL_TRACES_EXPORTER"))
	switch value {
	case "":
		endpoint, _ := env.both("ENDPOINT")
		return endpoint != "" || file.Endpoint != "", nil
	case "none":
		return false, nil
	case "otlp":
		return true, nil
	case "console":
		return false, errors.New("OTEL_TRACES_EXPORTER: console would write spans over the screen; the Traces pane shows them")
	}
	return false, errors.New("OTEL_TRACES_EXPORTER: known are otlp and none")
}

func (s *Settings) readProtocol(env environment, file Asked) error {
	value, from := env.both("PROTOCOL")
	s.Protocol = cmp.Or(value, file.Protocol, ProtocolProtobuf)
	for _, known := range Protocols() {
		if s.Protocol == known {
			return nil
		}
	}
	return fmt.Errorf("%s: known are %s", cmp.Or(from, "the protocol"), strings.Join(Protocols(), ", "))
}

func (s *Settings) readEndpoint(env environment, file Asked) error {
	raw, from := env.both("ENDPOINT")
	if raw == "" {
		raw, from = file.Endpoint, "the endpoint in the config file"
	}
	if raw == "" {
		raw = "http://localhost:4318"
		if s.Protocol == ProtocolGRPC {
			raw = "http://localhost:4317"
		}
	}
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		// The text may hold a password.
		return fmt.Errorf("%s is no URL of HTTP: write http://HOST:PORT or https://HOST:PORT", from)
	}
	switch {
	case s.Protocol == ProtocolGRPC:
		u.Path = pathGRPC
	case from == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":
		u.Path = cmp.Or(u.Path, "/")
	default:
		u = u.JoinPath(pathHTTP)
	}
	s.URL = u
	return nil
}

// readHeaders takes key=value pairs between commas, the values percent-encoded.
func (s *Settings) readHeaders(env environment, _ Asked) error {
	s.Headers = http.Header{}
	raw, from := env.both("HEADERS")
	for pair := range strings.SplitSeq(raw, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		key, value, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		key = strings.TrimSpace(key)
		if !found || key == "" || err != nil || strings.ContainsAny(key+value, "\r\n\x00") {
			return fmt.Errorf("%s: expected name=value, separated by commas", from)
		}
		s.Headers.Set(key, value)
	}
	return nil
}

func (s *Settings) readTransfer(env environment, _ Asked) error {
	s.Timeout = exportTime
	if raw, from := env.both("TIMEOUT"); raw != "" {
		ms, err := strconv.Atoi(raw)
		if err != nil || ms <= 0 {
			return fmt.Errorf("%s: expected a number of milliseconds", from)
		}
		s.Timeout = time.Duration(ms) * time.Millisecond
	}
	switch raw, from := env.both("COMPRESSION"); raw {
	case "", "none":
	case encodingGzip:
		s.Gzip = true
	default:
		return fmt.Errorf("%s: known are gzip and none", from)
	}
	return nil
}

func (s *Settings) readTLS(env environment, _ Asked) error {
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if path, from := env.both("CERTIFICATE"); path != "" {
		pem, err := os.ReadFile(path)
		s.TLS.RootCAs = x509.NewCertPool()
		if err != nil || !s.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s: no PEM certificate can be read there", from)
		}
	}
	cert, from := env.both("CLIENT_CERTIFICATE")
	key, _ := env.both("CLIENT_KEY")
	if cert == "" && key == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("%s: no certificate with its key can be read there", cmp.Or(from, "OTEL_EXPORTER_OTLP_CLIENT_KEY"))
	}
	s.TLS.Certificates = []tls.Certificate{pair}
	return nil
}

// Reaches reports whether the export would go to one of these addresses of this program's own receiver.
func (s *Settings) Reaches(addresses []string) bool {
	port := s.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[s.URL.Scheme]
	}
	for _, a := range addresses {
		host, at, err := net.SplitHostPort(a)
		if err == nil && at == port && (host == s.URL.Hostname() || local(s.URL.Hostname())) {
			return true
		}
	}
	return false
}
