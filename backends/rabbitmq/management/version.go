package management

import (
	"strconv"
	"strings"
)

// Version is the major and minor version of a server; the zero value is unknown.
type Version struct{ Major, Minor int }

// ParseVersion reads "3.10.8", "4.0.0-rc.1"; anything else is unknown.
func ParseVersion(text string) Version {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return Version{}
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || major < 0 || minor < 0 {
		return Version{}
	}
	return Version{major, minor}
}

// Known reports whether the version is known.
func (v Version) Known() bool { return v != Version{} }

// AtLeast reports whether v is this version or a later one; an unknown one is none.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}
