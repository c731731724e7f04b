package backends

import "context"

// JobQueues is what the role Queues can do beside where it knows the queues of job libraries.
type JobQueues interface {
	// ReadJobs returns at most n jobs of a state of a queue, from offset on, as messages: the body is
	// the payload as the library stores it, the headers what it says of the job, see below. Jobs that
	// wait come in the order in which they are taken, those that are done the latest first. State ""
	// is that of the jobs that wait. Nothing is taken out or changed.
	ReadJobs(ctx context.Context, queue, state string, offset, n int) (JobPage, error)
}

// JobPage is a part of the jobs of one state.
type JobPage struct {
	// State is the one that was read.
	State string
	Jobs  []Message
	// Total is how many jobs the state has.
	Total Count
}

// The names of a job's headers, alike for all libraries. What a library says beyond these has its
// own name there. Times are RFC 3339.
const (
	JobName        = "name" // class, task or function
	JobState       = "state"
	JobAttempts    = "attempts" // tries begun or failed, as the library counts them
	JobMaxAttempts = "max_attempts"
	JobError       = "error"
	JobErrorClass  = "error_class"
	JobBacktrace   = "backtrace" // as the library stores it: text, JSON or compressed
	JobDelayUntil  = "delay_until"
	JobPriority    = "priority"
	JobProgress    = "progress"
	JobResult      = "result"
	JobWorker      = "worker"
	JobQueueName   = "queue" // where one state serves several queues
	JobCreated     = "created_at"
	JobStarted     = "started_at"
	JobEnded       = "ended_at"
)

// Header returns the value of a header, "" when there is none.
func (m Message) Header(name string) string {
	for _, h := range m.Headers {
		if h.Name == name {
			return string(h.Value)
		}
	}
	return ""
}
