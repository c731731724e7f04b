package broker

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"slices"
)

// user is somebody who may log in.
type user struct {
	name   string
	tags   []string
	hash   []byte // salt and digest, nil when no password fits
	limits map[string]int
	grants map[string]*grant // by virtual host
}

const saltSize = 4

func newUser(name, password string, tags []string) *user {
	u := &user{name: name, tags: slices.Clone(tags), grants: map[string]*grant{}}
	if password != "" {
		salt := make([]byte, saltSize)
		_, _ = rand.Read(salt) // never fails
		u.hash = digest(salt, password)
	}
	return u
}

// digest is RabbitMQ's way to keep passwords: the salt, then the SHA-256 of salt and password
// (https://www.rabbitmq.com/docs/passwords).
func digest(salt []byte, password string) []byte {
	sum := sha256.Sum256(slices.Concat(salt, []byte(password)))
	return slices.Concat(salt, sum[:])
}

func (u *user) fits(password string) bool {
	if len(u.hash) <= saltSize {
		return false
	}
	return subtle.ConstantTimeCompare(u.hash, digest(u.hash[:saltSize], password)) == 1
}

// Authenticate checks a password. What a refusal says to the client depends on the mechanism and is
// the session's matter.
func (b *Broker) Authenticate(name, password string) bool {
	b.lock()
	defer b.unlock()
	u := b.users[name]
	return u != nil && u.fits(password)
}

// AddUser makes a user or changes password and tags. An empty password means that nobody can log in
// with one.
func (b *Broker) AddUser(name, password string, tags ...string) error {
	b.lock()
	defer b.unlock()
	fresh := newUser(name, password, tags)
	if u := b.users[name]; u != nil {
		u.tags, u.hash = fresh.tags, fresh.hash
		return nil
	}
	b.users[name] = fresh
	return nil
}

// SetUser makes a user or changes it, as its hash of the password says.
func (b *Broker) SetUser(w User) error {
	hash, err := base64.StdEncoding.DecodeString(w.PasswordHash)
	if err != nil {
		return err
	}
	b.lock()
	defer b.unlock()
	u := b.users[w.Name]
	if u == nil {
		u = newUser(w.Name, "", nil)
		b.users[w.Name] = u
	}
	u.hash, u.tags, u.limits = bytes.Clone(hash), slices.Clone(w.Tags), maps.Clone(w.Limits)
	return nil
}

// SetUserLimits sets max-connections and max-channels; negative is without limit.
func (b *Broker) SetUserLimits(name string, limits map[string]int) error {
	b.lock()
	defer b.unlock()
	u := b.users[name]
	if u == nil {
		return ErrNotFound
	}
	u.limits = maps.Clone(limits)
	return nil
}

// DeleteUser removes a user and closes the user's connections.
func (b *Broker) DeleteUser(name string) error {
	b.lock()
	defer b.unlock()
	u := b.users[name]
	if u == nil {
		return ErrNotFound
	}
	for _, c := range b.sortedConns() {
		if c.user == u {
			c.force(NewError(ConnectionForced, "user '%s' is deleted", name))
		}
	}
	delete(b.users, name)
	maps.DeleteFunc(b.topics, func(k topicKey, _ *topicGrant) bool { return k.user == name })
	b.grants++
	return nil
}
