package redis_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/redis"
)

func TestOpenChecksTheURL(t *testing.T) {
	t.Parallel()
	drivers := backends.Drivers{redis.Driver()}
	for url, want := range map[string]string{
		"redis://u:s3cret@h/x":                               "database",
		"redis://u:s3cret@h/-1":                              "database",
		"redis://u:s3cret@h/?skip_verify=1":                  "skip_verify",
		"rediss://u:s3cret@h/?timeout=1":                     `"timeout"`,
		"redis://u:s3cret@h/1?db=2":                          "two different databases",
		"redis://u:s3cret@h/?db=1&db=1":                      "two different databases",
		"redis://u:s3cret@h:0":                               "port",
		"redis://u:s3cret@h:99999":                           "port",
		"redis://u:s3cret@h/0#s3cret":                        "means nothing here",
		"redis://u:s3cret@h/?s3cret=%zz":                     "not a query",
		"redis+other://u:s3cret@h/master":                    "unknown scheme",
		"redis://u:s3cret@h:1,g:2":                           "takes one host",
		"redis://u:s3cret@h/?read=replica":                   `"read"`,
		"redis+sentinel://u:s3cret@h:1,g:2":                  "does not name the master",
		"redis+sentinel://u:s3cret@h/m/x":                    "database",
		"redis+sentinel://u:s3cret@h:1,/m":                   "not a URL",
		"redis+sentinel://u:s3cret@,h/m":                     "not a URL",
		"redis+sentinel://u:s3cret@h:1,g:x":                  "not a URL",
		"redis+sentinel://u:s3cret@h:1,g:0/m":                "port",
		"redis+cluster://u:s3cret@h:1,g:2/?read=any":         "replica or master",
		"redis+cluster://u:s3cret@h/?sentinel_user=s":        `"sentinel_user"`,
		"redis+sentinel://h/m?sentinel_password=s3cret&db=x": "database",
	} {
		_, err := drivers.Open(url, backends.Options{})
		var e *backends.Error
		if !errors.As(err, &e) || e.Reason != backends.BadUsage || !strings.Contains(e.Error(), want) {
			t.Errorf("%s: %v, want BadUsage with %q", url, err, want)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "s3cret") {
			t.Errorf("%s: the error holds the secret: %v", url, err)
		}
	}
}

func TestOpenKnowsItsAddress(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]backends.Identity{
		"redis://u:p@h":                   {Address: "redis://h", Namespace: "0"},
		"redis://h:1234/3":                {Address: "redis://h:1234/3", Namespace: "3"},
		"rediss://[::1]:6380/?db=2":       {Address: "rediss://[::1]:6380", Namespace: "2"},
		"unix://u:p@/run/redis.sock?db=4": {Address: "unix:///run/redis.sock", Namespace: "4"},
		"redis+sentinel://u:p@h:1,[::1]:2,g/m/3?sentinel_password=s": {Address: "redis+sentinel://h:1,[::1]:2,g/m/3", Namespace: "3"},
		"redis+sentinel://h/m":                       {Address: "redis+sentinel://h/m", Namespace: "0"},
		"rediss+cluster://u:p@h:1,g:2/?read=replica": {Address: "rediss+cluster://h:1,g:2", Namespace: "0"},
		"redis://u:p%2F%23@localhost:6379/0":         {Address: "redis://localhost:6379/0", Namespace: "0"},
	} {
		src, err := backends.Drivers{redis.Driver()}.Open(url, backends.Options{})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		want.Backend, want.Name = "redis", want.Address
		if got := src.Identity(); got != want {
			t.Errorf("%s: %+v, want %+v", url, got, want)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
}
