package profile

import (
	"encoding/binary"
	"encoding/hex"
	"net"
	"regexp"
	"strings"
	"time"
)

// The forms of the values that lock libraries write.
var (
	formUUID     = regexp.MustCompile(`^(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	formUUID4    = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	formUUID1Hex = regexp.MustCompile(`^[0-9a-f]{12}1[0-9a-f]{3}[89ab][0-9a-f]{15}$`) // RFC 9562 §5.1 without dashes
	formHex32    = regexp.MustCompile(`^[0-9a-f]{32}$`)
	formHex40    = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
	// 16 bytes in base64 (RFC 4648 §4 and §5): the last digit holds only two bits of them.
	formBase64of = regexp.MustCompile(`^[A-Za-z0-9+/]{21}[AQgw]==$`)
	formRawURL   = regexp.MustCompile(`^[A-Za-z0-9_-]{21}[AQgw]`) // then anything
	formBase6418 = regexp.MustCompile(`^[A-Za-z0-9+/]{24}$`)      // 18 bytes
	formAlnum16  = regexp.MustCompile(`^[A-Za-z0-9]{16}$`)
	formShed     = regexp.MustCompile(`^ADDED:(\d{4}-\d\d-\d\dT[0-9:.]+Z?)@(.+)$`)
	formNumber   = regexp.MustCompile(`^-?\d+$`)
	formWord     = regexp.MustCompile(`^[\x21-\x7e]{1,128}$`)
	formJID      = regexp.MustCompile(`^[0-9a-f]{24}$`)
	// formRedisson is a field of a Redisson lock: client id, thread id, and what is added for the
	// write side of a read/write lock.
	formRedisson = regexp.MustCompile(`^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d+)(:write)?$`)
)

// nameSays: a word of the name means a lock; "block", "clock" and "unlocked" do not.
var nameSays = regexp.MustCompile(`(?i:(^|[^a-z])(lock|locks|mutex|lease|leader|redlock|semaphore)([^a-z]|$))|[a-z](Lock|Mutex|Lease|Leader)([^a-z]|$)`)

// saysLock reports whether a name alone is reason enough to look at the value.
//
// It is asked for every string and hash, so the expression comes last.
func saysLock(name string) bool {
	for _, ending := range []string{"ock", "OCK", "utex", "UTEX", "eas", "EAS", "eade", "EADE", "aphor", "APHOR"} {
		if strings.Contains(name, ending) {
			return nameSays.MatchString(name)
		}
	}
	return false
}

// otherThings: a word of the name says that a random value is no lock's token but what it is by itself: somebody's
// session, a code to be sent back, a digest of something.
var otherThings = regexp.MustCompile(`(?i:(^|[^a-z])(sess|session|sessions|sid|login|cookie|auth|oauth|jwt|token|tokens|csrf|xsrf|nonce|otp|totp|` +
	`code|codes|pin|verify|verification|confirm|confirmation|reset|password|secret|apikey|state|challenge|ticket|invite|magic|` +
	`cache|cached|etag|hash|digest|checksum|sha|sha1|sha256|md5|commit|git|rev|revision|fingerprint|version|uuid|guid|trace|` +
	`request|req|correlation|idempotency)([^a-z]|$))|[a-z](Session|Token|Code|Nonce|State|Hash|Id|Uuid)([^a-z]|$)`)

// saysOther reports whether a name says that its value, random as a lock's token, is something else.
func saysOther(name string) bool { return otherThings.MatchString(name) }

// uuid1 is what a UUID of version 1 in 32 hexadecimal digits says: when it was made, and on which
// machine (RFC 9562 §5.1). Where the machine gave no address the node is random and has its
// multicast bit set; it is nil then.
func uuid1(digits string) (at time.Time, node net.HardwareAddr) {
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != 16 {
		return time.Time{}, nil
	}
	low, mid := binary.BigEndian.Uint32(raw), binary.BigEndian.Uint16(raw[4:])
	high := binary.BigEndian.Uint16(raw[6:]) & 0x0fff
	ticks := int64(high)<<48 | int64(mid)<<32 | int64(low) // of 100 ns since 15 October 1582
	const gregorian = 122_192_928_000_000_000              // ticks until 1970
	since := ticks - gregorian
	at = time.Unix(since/1e7, since%1e7*100).UTC()
	if raw[10]&1 == 0 {
		node = net.HardwareAddr(raw[10:16])
	}
	return at, node
}

// randomBytes reports whether a value looks like bytes from a random source: long enough, not text,
// and hardly any byte twice.
func randomBytes(s string) bool {
	if len(s) < 16 || len(s) > 64 {
		return false
	}
	var seen [256]bool
	different, control, high := 0, 0, 0
	for i := range len(s) {
		c := s[i]
		if !seen[c] {
			seen[c] = true
			different++
		}
		switch {
		case c < 0x20 || c == 0x7f:
			control++
		case c >= 0x80:
			high++
		}
	}
	// Of random bytes a half is high and an eighth are control characters.
	return different*10 >= len(s)*8 && high*4 >= len(s) && high*4 <= 3*len(s) && control > 0
}

// mixedCase reports whether a text has small and capital letters, as base64 of random bytes has: in 22
// characters either is missing once in 100 000.
func mixedCase(s string) bool { return strings.ToLower(s) != s && strings.ToUpper(s) != s }

// randomText reports whether a text has what text of random bytes nearly always has: letters of both cases,
// digits, and few characters twice.
func randomText(s string) bool {
	var seen [256]bool
	different := 0
	for i := range len(s) {
		if !seen[s[i]] {
			seen[s[i]] = true
			different++
		}
	}
	return mixedCase(s) && strings.ContainsAny(s, "0123456789") && different*2 > len(s)
}

// IsUUID reports whether a value is a UUID in its usual form.
func IsUUID(s string) bool { return formUUID.MatchString(s) }
