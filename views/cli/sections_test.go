package cli

import (
	"strings"
	"testing"
)

func TestSections(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`{"n":1},`, mostRows+2), ",")
	for _, c := range []struct{ name, object, want string }{
		{"scalars are in the row", `{"kind":"health","uptime_ms":4}`, ""},
		{"nothing to tell", `{"alarms":[],"policies":null,"rights":{}}`, ""},
		{"an array", `{"feature_flags":[{"name":"a","state":null,"n":1},{"name":"b","state":null,"n":10}]}`, `
FEATURE FLAGS
NAME   N
a      1
b     10
`},
		{"what one row lacks", `{"nodes":[{"name":"a"},{"name":"b","running":false,"partitions":["a","c"]}]}`, `
NODES
NAME  RUNNING  PARTITIONS
a     –        –
b     no       a c
`},
		{"texts", `{"missing":["shovels: no permission"]}`, `
MISSING
MISSING
shovels: no permission
`},
		{"an object", `{"connection_states":{"total":3,"rate":33.9997,"blocked":true}}`, `
CONNECTION STATES
TOTAL  RATE  BLOCKED
    3    34  yes
`},
		{"within", `{"rights":{"user":"u","abilities":[{"what":"look"}]}}`, `
RIGHTS
USER
u

RIGHTS ABILITIES
WHAT
look
`},
		{"servers", `{"servers":[{"server":"a:1","memory":{"used":5}},{"server":"b:1","memory":{"used":6}}]}`, `
SERVER a:1 MEMORY
USED
   5

SERVER b:1 MEMORY
USED
   6
`},
		{"limits stay in their row", `{"vhosts":[{"name":"/","limits":{"max-queues":5}}]}`, `
VHOSTS
NAME  LIMITS
/     max-queues=5
`},
		{"hostile", `{"servers":[{"server":"\u001b[2Jx","memory":{"used":5}}]}`, `
SERVER \e[2Jx MEMORY
USED
   5
`},
		{"many", `{"clients":[` + many + `]}`, "\nCLIENTS\nN\n" + strings.Repeat("1\n", mostRows) + "+2 more (-o json has them all)\n"},
	} {
		var out strings.Builder
		for _, part := range sectionsOf([]byte(c.object)) {
			part.write(&out, 0)
		}
		if out.String() != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, out.String(), c.want)
		}
	}
}
