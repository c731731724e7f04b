package rabbitd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
)

// api sends a request to the management API as guest and returns status and body.
func (s *scene) api(method, path string, body any, header ...string) (int, []byte) {
	var payload io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		s.must(err, "encode")
		payload = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, "http://"+s.management+"/api/"+path, payload)
	s.must(err, "request")
	r.SetBasicAuth("guest", "guest")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	s.must(err, method+" "+path)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	s.must(err, method+" "+path)
	return answer.StatusCode, text
}

// put is api for what has to succeed.
func (s *scene) put(path string, body any) {
	if status, text := s.api(http.MethodPut, path, body); status/100 != 2 {
		s.stop("PUT %s: %d %s", path, status, text)
	}
}

// user makes a user with permissions in the vhost, for as long as the scene lasts.
func (s *scene) user(configure, write, read string) login {
	name := s.n("user")
	s.put("users/"+url.PathEscape(name), map[string]string{"password": "secret", "tags": ""})
	s.after(func() { s.api(http.MethodDelete, "users/"+url.PathEscape(name), nil) })
	s.put("permissions/"+vhost+"/"+url.PathEscape(name),
		map[string]string{"configure": configure, "write": write, "read": read})
	return login{user: name, password: "secret"}
}

// policy sets a policy on names that start with the scene's, for as long as the scene lasts.
func (s *scene) policy(kind, part, applyTo string, definition map[string]any) {
	path := kind + "/" + vhost + "/" + url.PathEscape(s.n(part))
	s.put(path, map[string]any{
		"pattern": "^" + s.name + `\.` + part, "definition": definition, "priority": 1, "apply-to": applyTo,
	})
	s.after(func() { s.api(http.MethodDelete, path, nil) })
}

// connectionName finds a connection in the management API by a property the client gave.
func (s *scene) connectionName(provided string) string {
	var name string
	s.until("the connection in the management API", func() bool {
		_, body := s.api(http.MethodGet, "connections", nil)
		var list []struct {
			Name       string `json:"name"`
			Properties struct {
				Name string `json:"connection_name"`
			} `json:"client_properties"`
		}
		if json.Unmarshal(body, &list) != nil {
			return false
		}
		for _, c := range list {
			if c.Properties.Name == provided {
				name = c.Name
			}
		}
		return name != ""
	})
	return name
}
