package management

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bustop/backends"
)

// ErrRight is the cause of errors that say that the login stands and one right is missing. They name
// the right and what grants it.
var ErrRight = errors.New("missing right")

const (
	// denialTime is how long a route that was denied is not asked again: the server writes every
	// denial to its log.
	denialTime = 5 * time.Minute
	// maxDenials bounds how many are remembered; the paths hold names from the server.
	maxDenials = 256
)

// denials are the routes that are known to take a right that the user lacks.
type denials struct{ routes map[string]denial }

type denial struct {
	err error
	at  time.Time
}

// known returns the error of a route that was denied lately, nil otherwise.
func (d *denials) known(r Route) error {
	path := r.path()
	old, ok := d.routes[path]
	if !ok {
		return nil
	}
	if time.Since(old.at) >= denialTime {
		delete(d.routes, path)
		return nil
	}
	return old.err
}

// note takes in the outcome of a request.
func (d *denials) note(r Route, err error) {
	if !errors.Is(err, ErrRight) {
		return
	}
	if d.routes == nil || len(d.routes) >= maxDenials {
		d.routes = map[string]denial{}
	}
	d.routes[r.path()] = denial{err, time.Now()}
}

// denied is the error of an answer 401 or 403. RabbitMQ answers 401 both to a login that it refuses
// and to a request that takes another right; LavinMQ answers 403 to the latter.
func (c *Client) denied(r Route, code int, reason string) error {
	if what, advice, ok := c.rightOf(code, reason); ok {
		return c.fault(backends.Denied, r, what, advice, ErrRight)
	}
	what := "the management API refused the login"
	if reason != "" {
		what += ": " + reason
	}
	return c.fault(backends.Denied, r, what, "the user needs the tag management or monitoring", ErrMissing)
}

// notFound is the error of what is not found. From 4.3 on RabbitMQ says so, too, of a vhost in which the user has
// no permission (rabbit_web_dispatch_access_control).
func (c *Client) notFound(r Route) error {
	if !r.listsVhost() {
		return c.fault(backends.NotFound, r, "there is no such object in the vhost "+c.opt.Vhost, "", nil)
	}
	what := "there is no such vhost, or the user has no permission in the vhost " + c.opt.Vhost
	return c.fault(backends.Denied, r, what, GrantCommand(c.opt.Vhost, c.opt.User), ErrRight)
}

// rightOf says which right a denial is about, by the words of RabbitMQ's access control
// (rabbit_mgmt_util, rabbit_web_dispatch_access_control); ok is false when the login as such is
// refused.
func (c *Client) rightOf(code int, reason string) (what, advice string, ok bool) {
	lower := strings.ToLower(reason)
	has := func(word string) bool { return strings.Contains(lower, word) }
	switch {
	case has("login failed"), has("not management user"), has("not_authorized"), has("only log in via"):
		return "", "", false
	case has("not monitor"):
		return "not permitted: the user lacks the tag monitoring", Command("rabbitmqctl", "set_user_tags", c.opt.User, monitoringTag), true
	case has("not administrator"):
		return "not permitted: the user lacks the tag administrator", "bustop does without; an administrator sees it", true
	case has("virtual host"):
		return "not permitted: the user has no permission in the vhost " + c.opt.Vhost,
			GrantCommand(c.opt.Vhost, c.opt.User), true
	case has("access to queue"):
		return "not permitted: " + reason, "the user's read permission in the vhost " + c.opt.Vhost + " does not match that name; an administrator sees it with " +
			Command("rabbitmqctl", "list_user_permissions", c.opt.User), true
	case has("access object"), has("policymaker"):
		return "not permitted: it belongs to another user, or takes the tag policymaker", "", true
	case code == http.StatusForbidden, reason != "" && !c.lastAnswer().IsZero():
		what = "not permitted"
		if reason != "" {
			what += ": " + reason
		}
		return what, "it takes another tag, such as monitoring or administrator", true
	}
	return "", "", false
}

// lastAnswer is when the API answered last, zero if never.
func (c *Client) lastAnswer() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answeredAt
}

const monitoringTag = "monitoring"

// GrantCommand is the command that gives a user the rights for all that bustop does in a vhost.
func GrantCommand(vhost, user string) string {
	return Command("rabbitmqctl", "set_permissions", "-p", vhost, user, `^amq\.gen-.*`, `^amq\.gen-.*`, ".*")
}

// Command is a line for a POSIX shell; "" when a word holds what a terminal might act upon when the line
// is pasted.
func Command(words ...string) string {
	plain := regexp.MustCompile(`^[A-Za-z0-9_./:=@%+-]+$`)
	line := make([]string, 0, len(words))
	for _, word := range words {
		if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsPrint(r) }) || !utf8.ValidString(word) {
			return ""
		}
		if !plain.MatchString(word) {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		line = append(line, word)
	}
	return strings.Join(line, " ")
}
