package redis

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	"bustop/backends"
)

// soonEnds is how long before its end a certificate is worth an alarm.
const soonEnds = 14 * 24 * time.Hour

// secrecy is how a connection is kept secret.
type secrecy struct {
	version uint16
	// ends is the end of the server's certificate, zero without one; ownEnds that of ours.
	ends, ownEnds time.Time
}

// secured keeps how the last connection was secured.
func (d *dialer) secured(conf *tls.Config, state tls.ConnectionState) {
	s := secrecy{version: state.Version}
	if len(state.PeerCertificates) > 0 {
		s.ends = state.PeerCertificates[0].NotAfter
	}
	if len(conf.Certificates) > 0 {
		s.ownEnds = endOf(conf.Certificates[0])
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.secrecy = s
}

func endOf(c tls.Certificate) time.Time {
	if c.Leaf != nil {
		return c.Leaf.NotAfter
	}
	if len(c.Certificate) == 0 {
		return time.Time{}
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return time.Time{}
	}
	return leaf.NotAfter
}

func (d *dialer) secret() secrecy {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.secrecy
}

// note says it in a line, "" for a connection without TLS.
func (s secrecy) note() string {
	switch {
	case s.version == 0:
		return ""
	case s.ends.IsZero():
		return tls.VersionName(s.version)
	}
	return fmt.Sprintf("%s, the server's certificate holds until %s", tls.VersionName(s.version), s.ends.UTC().Format("2006-01-02 15:04 UTC"))
}

// alarms are certificates that end soon: from then on nobody gets a new connection.
func (s secrecy) alarms(now time.Time) []backends.Alarm {
	var out alarmList
	add := func(whose string, ends time.Time) {
		left := ends.Sub(now)
		out.add(!ends.IsZero() && left < soonEnds, backends.Warning, "%s certificate ends in %s", whose, daysOf(left))
	}
	add("the server's", s.ends)
	add("bustop's own", s.ownEnds)
	return out
}

// daysOf is a length of time in days, or in hours and minutes where it is short.
func daysOf(d time.Duration) string {
	if d >= 48*time.Hour {
		return counted(int(d/(24*time.Hour)), "day")
	}
	return d.Truncate(time.Minute).String()
}
