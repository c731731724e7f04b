package rabbitmq

import (
	"strconv"
	"strings"
)

// version is the major and minor version of a server; the zero value is unknown.
type version struct{ major, minor int }

// parseVersion reads "3.10.8", "4.0.0-rc.1"; anything else is unknown.
func parseVersion(text string) version {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return version{}
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || major < 0 || minor < 0 {
		return version{}
	}
	return version{major, minor}
}

func (v version) known() bool { return v != version{} }

func (v version) atLeast(major, minor int) bool {
	return v.major > major || v.major == major && v.minor >= minor
}
