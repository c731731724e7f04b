package broker

import (
	"regexp"
	"strings"
)

// verb is what a permission is for.
type verb uint8

const (
	verbConfigure verb = iota
	verbWrite
	verbRead
)

// pattern is a regular expression over names as RabbitMQ's are: found anywhere in the name. Perl's
// negative look-ahead at the very start, `^(?!…)`, is known too, because policies use it.
type pattern struct {
	text string
	any  bool           // every name matches
	not  *regexp.Regexp // must not match
	re   *regexp.Regexp
}

func newPattern(text string) (*pattern, error) {
	p := &pattern{text: text}
	switch text {
	case "":
		p.re = regexp.MustCompile(`^$`)
		return p, nil
	case ".*", "^.*", ".*$", "^.*$":
		p.any = true
		return p, nil
	}
	rest := text
	if inner, after, ok := lookAhead(text); ok {
		not, err := regexp.Compile("^(?:" + inner + ")")
		if err != nil {
			return nil, err
		}
		p.not, rest = not, "^"+after
	}
	re, err := regexp.Compile(rest)
	p.re = re
	return p, err
}

// lookAhead splits `^(?!inner)after`.
func lookAhead(text string) (inner, after string, ok bool) {
	body, ok := strings.CutPrefix(text, "^(?!")
	if !ok {
		return "", "", false
	}
	depth := 1
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return body[:i], body[i+1:], true
			}
		}
	}
	return "", "", false
}

func (p *pattern) match(name string) bool {
	switch {
	case p.any:
		return true
	case p.not != nil && p.not.MatchString(name):
		return false
	}
	return p.re.MatchString(name)
}

// grant is what a user may do in one virtual host.
type grant struct{ configure, write, read *pattern }

func allowAll() *grant {
	all := &pattern{text: ".*", any: true}
	return &grant{configure: all, write: all, read: all}
}

func (g *grant) pattern(v verb) *pattern {
	switch v {
	case verbConfigure:
		return g.configure
	case verbWrite:
		return g.write
	default:
		return g.read
	}
}

func (b *Broker) grant(user, vhost string, g *grant) {
	b.users[user].grants[vhost] = g
	b.grants++
}

// topicKey names a topic permission.
type topicKey struct{ user, vhost, exchange string }

// topicGrant holds two patterns over routing keys, in which {username} and {vhost} may stand.
type topicGrant struct{ write, read string }

// SetPermissions sets or changes a permission.
func (b *Broker) SetPermissions(w Permission) error {
	var g grant
	for _, part := range []struct {
		text string
		to   **pattern
	}{{w.Configure, &g.configure}, {w.Write, &g.write}, {w.Read, &g.read}} {
		p, err := newPattern(part.text)
		if err != nil {
			return err
		}
		*part.to = p
	}
	b.lock()
	defer b.unlock()
	if b.users[w.User] == nil || b.vhosts[w.VHost] == nil {
		return ErrNotFound
	}
	b.grant(w.User, w.VHost, &g)
	return nil
}

// ClearPermissions removes a permission.
func (b *Broker) ClearPermissions(user, vhost string) error {
	b.lock()
	defer b.unlock()
	u := b.users[user]
	if u == nil || u.grants[vhost] == nil {
		return ErrNotFound
	}
	delete(u.grants, vhost)
	b.grants++
	return nil
}

// SetTopicPermissions sets or changes a topic permission.
func (b *Broker) SetTopicPermissions(w TopicPermission) error {
	for _, text := range []string{w.Write, w.Read} {
		if _, err := newPattern(text); err != nil {
			return err
		}
	}
	b.lock()
	defer b.unlock()
	if b.users[w.User] == nil || b.vhosts[w.VHost] == nil {
		return ErrNotFound
	}
	b.topics[topicKey{w.User, w.VHost, w.Exchange}] = &topicGrant{write: w.Write, read: w.Read}
	b.grants++
	return nil
}

// ClearTopicPermissions removes the topic permissions for one exchange, or all when it is empty.
func (b *Broker) ClearTopicPermissions(user, vhost, exchange string) error {
	b.lock()
	defer b.unlock()
	found := false
	for k := range b.topics {
		if k.user == user && k.vhost == vhost && (exchange == "" || k.exchange == exchange) {
			delete(b.topics, k)
			found = true
		}
	}
	if !found {
		return ErrNotFound
	}
	b.grants++
	return nil
}

// permit is one check of a channel's user, which the channel remembers.
type permit struct {
	verb  verb
	kind  string
	name  string
	topic string // routing key, for topic permissions
}

const permitsKept = 64

// remembered reports whether the check passed before and nothing has changed since.
func (ch *Channel) remembered(p permit) bool {
	if ch.permitsAt != ch.broker.grants {
		ch.permitsAt = ch.broker.grants
		clear(ch.permits)
	}
	_, ok := ch.permits[p]
	return ok
}

func (ch *Channel) remember(p permit) {
	if len(ch.permits) >= permitsKept {
		clear(ch.permits)
	}
	ch.permits[p] = struct{}{}
}

// may checks a permission of the channel's user on a queue or exchange.
func (ch *Channel) may(v verb, kind, name string) *Error {
	c := ch.conn
	if g := c.user.grants[c.vhost.name]; g != nil && g.pattern(v).any {
		return nil
	}
	p := permit{verb: v, kind: kind, name: name}
	if ch.remembered(p) {
		return nil
	}
	subject := name
	if kind == kindExchange && name == "" {
		subject = "amq.default"
	}
	g := c.user.grants[c.vhost.name]
	if g == nil || !g.pattern(v).match(subject) {
		return NewError(AccessRefused, "access to %s refused for user '%s'",
			resource(kind, subject, c.vhost.name), c.user.name)
	}
	ch.remember(p)
	return nil
}

// mayTopic checks the user's topic permission; it bears on topic exchanges only.
func (ch *Channel) mayTopic(v verb, x *exchange, key string) *Error {
	if x.typ != typeTopic || len(ch.broker.topics) == 0 {
		return nil
	}
	c := ch.conn
	g := ch.broker.topics[topicKey{c.user.name, c.vhost.name, x.name}]
	if g == nil {
		return nil
	}
	p := permit{verb: v, kind: "topic", name: x.name, topic: key}
	if ch.remembered(p) {
		return nil
	}
	text := g.write
	if v == verbRead {
		text = g.read
	}
	text = strings.NewReplacer("{username}", c.user.name, "{vhost}", c.vhost.name).Replace(text)
	if re, err := newPattern(text); err != nil || !re.match(key) {
		return NewError(AccessRefused, "access to topic '%s' in exchange '%s' in vhost '%s' refused for user '%s'",
			key, x.name, c.vhost.name, c.user.name)
	}
	ch.remember(p)
	return nil
}
