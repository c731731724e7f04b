package management

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"syscall"

	"bustop/backends"
)

// present is the node that is asked.
func (c *Client) present() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.node
}

// Present is the URL of the node that is asked.
func (c *Client) Present() url.URL { return c.opt.URLs[c.present()] }

// move goes on to the node after one that failed, unless another request has done so.
func (c *Client) move(from int, why error) {
	c.mu.Lock()
	if c.node != from {
		c.mu.Unlock()
		return
	}
	c.node = (from + 1) % len(c.opt.URLs)
	to := c.node
	c.mu.Unlock()
	if c.opt.Moved != nil {
		c.opt.Moved(c.opt.URLs[to], c.opt.URLs[from], why)
	}
}

// worthAnother reports whether another node may do better: this one cannot be reached, does not
// answer, or a proxy says that nobody stands behind it. What is no plain reading (a peek sets
// redelivered) is repeated only when it cannot have arrived.
func worthAnother(method string, status int, err error) bool {
	if err == nil || method != http.MethodGet {
		return errors.Is(err, syscall.ECONNREFUSED)
	}
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return backends.ReasonOf(err) == backends.Unreachable
}

// portOf is the port of a URL, by its scheme where it names none.
func portOf(u url.URL) int {
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
