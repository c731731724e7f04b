package management

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
)

// NetworkFault says what went wrong on the way to a server, and what to do about it.
func NetworkFault(err error) (what, advice string) {
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		timeout net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled", ""
	case errors.As(err, &unknown):
		return "the server's certificate is signed by an unknown authority", "give the authority's certificate"
	case errors.As(err, &host):
		return "the server's certificate is for another host", "use the name in the certificate"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has expired or is not valid yet", ""
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the port does not speak TLS", "amqp:// and http:// are the schemes without TLS"
	case Alert(err) != "":
		return alertFault(Alert(err))
	case errors.As(err, &dns):
		return "cannot resolve the host name", ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", "is the server running, and is this the right port?"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time", ""
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection broke", "a TLS port needs amqps:// or https://"
	}
	return plainCause(err).Error(), ""
}

// Alert is what a server has against our side of TLS, in the words of crypto/tls, which keeps the type
// to itself; "" if the error is another.
func Alert(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || op.Err == nil {
		return ""
	}
	return strings.TrimPrefix(op.Err.Error(), "tls: ")
}

// alertFault says it in ours. A server that wants a certificate sends certificate_required, or
// handshake_failure in TLS 1.2 (RFC 8446 section 6.2, RFC 5246 section 7.2).
func alertFault(alert string) (what, advice string) {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(alert, w) })
	}
	switch {
	case has("certificate required", "handshake failure"):
		return "the server wants a certificate of ours", "give one in the config file: tls: {cert: …, key: …}"
	case has("certificate", "access denied"):
		return "the server does not take our certificate", "is it signed by the authority that the server trusts, and still valid?"
	case has("protocol version", "inappropriate fallback"):
		return "the server speaks no TLS version that is safe", "bustop takes TLS 1.2 and newer"
	}
	return "the server ended TLS: " + alert, ""
}

// plainCause takes away the wrappers whose texts repeat the address or quote a URL.
func plainCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	var u *url.Error
	if errors.As(err, &u) && u.Err != nil {
		return u.Err
	}
	return err
}
