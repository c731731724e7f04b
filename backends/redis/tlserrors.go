package redis

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"
)

// secureFault says what is wrong with TLS, "" when it is something else.
func secureFault(err error) (what, advice string) {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "the server's certificate is signed by an authority that is not known here",
			"name the authority's certificate: tls.ca in the config file, or the variable SSL_CERT_FILE"
	case errors.As(err, &host):
		return host.Error(), "name the server as its certificate does: tls.server_name in the config file"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return expired(invalid.Cert), ""
	case errors.As(err, &invalid):
		return invalid.Error(), ""
	case errors.As(err, &record):
		return "the server does not speak TLS on this port", "use redis:// if that is meant"
	}
	said := alert(err)
	switch {
	case said == "":
		return "", ""
	case strings.Contains(said, "certificate required"), strings.Contains(said, "handshake failure"):
		return "the server wants a certificate of ours", "name it: tls.cert and tls.key in the config file"
	case strings.Contains(said, "certificate"):
		return "the server does not take our certificate: " + said, "see tls.cert and tls.key in the config file"
	}
	return "the server refuses: " + said, ""
}

// expired tells why a certificate does not hold now.
func expired(c *x509.Certificate) string {
	if c == nil {
		return "the server's certificate has expired"
	}
	if time.Now().Before(c.NotBefore) {
		return "the server's certificate holds only from " + c.NotBefore.Format(time.DateTime) + " on: is this machine's clock right?"
	}
	return "the server's certificate has expired on " + c.NotAfter.Format(time.DateTime)
}

// alert is what the other side complained of in the handshake (RFC 8446 section 6.2), "" for
// nothing. The library marks it so.
func alert(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || op.Err == nil {
		return ""
	}
	return strings.TrimPrefix(op.Err.Error(), "tls: ")
}
