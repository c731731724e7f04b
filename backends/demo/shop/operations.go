package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// policyRest is how long a policy goes unlooked at, httpTime how long the broker may take to
// answer.
const (
	policyRest = time.Minute
	httpTime   = 5 * time.Second
)

// policyName is the shop's policy: what the warehouse says is dropped after an hour
// (rabbitmq.com/docs/parameters#policies).
const policyName = "shop-events"

// policy is what the management API is told of it.
type policy struct {
	Pattern    string         `json:"pattern"`
	ApplyTo    string         `json:"apply-to"`
	Priority   int            `json:"priority"`
	Definition map[string]any `json:"definition"`
}

// keepPolicy sees to it that the policy is there, also after the broker has lost it.
func (s *Shop) keepPolicy(ctx context.Context) error {
	if s.opt.Broker.Management == "" {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	for {
		if err := s.putPolicy(ctx); err != nil {
			return fmt.Errorf("policy: %w", err)
		}
		if !pause(ctx, policyRest) {
			return context.Cause(ctx)
		}
	}
}

func (s *Shop) putPolicy(ctx context.Context) error {
	u, err := amqp.ParseURI(s.opt.Broker.URL)
	if err != nil {
		return err
	}
	body, err := json.Marshal(&policy{`^events\.`, "queues", 1, map[string]any{"message-ttl": time.Hour.Milliseconds()}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, httpTime)
	defer cancel()
	address := s.opt.Broker.Management + "/api/policies/" + url.PathEscape(u.Vhost) + "/" + policyName
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.SetBasicAuth(u.Username, u.Password)
	request.Header.Set("Content-Type", "application/json")
	answer, err := s.opt.Broker.HTTP.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) // so that the connection can be used again
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("the broker answers %s", answer.Status)
	}
	return nil
}
