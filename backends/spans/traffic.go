package spans

import "time"

// Traffic is what came into a store from other programs, and what this program's own spans export did.
type Traffic struct {
	// Listening are the addresses where spans are taken, as host:port. Open says that other machines reach them;
	// they need a token then.
	Listening []string
	Open      bool
	// Accepted spans came in. Refused requests were answered with an error. Dropped spans came too fast, Rejected
	// ones had no identifiers, Own ones had gone out from here.
	Accepted, Refused, Dropped, Rejected, Own uint64
	// Endpoint is where spans are exported to, scheme and host, "" for nowhere. Of them Sent arrived and Failed
	// were given up; Unsent found the export's queue full.
	Endpoint             string
	Sent, Failed, Unsent uint64
	// Failure is why the last export that failed did, at FailedAt; "" while none has. Failing says that none has
	// gone well since.
	Failure  string
	FailedAt time.Time
	Failing  bool
}
