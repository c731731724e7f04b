package redis

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"bustop/backends/redis/profile"
)

// payloads fills in what the jobs say, by where the profile has it.
func (r jobReader) payloads(ctx context.Context, jobs []rawJob) error {
	job := r.match.Profile.Job
	switch {
	case r.whole():
		for i := range jobs {
			r.open(&jobs[i], jobs[i].id)
		}
		return nil
	case job.In != "":
		return r.inHash(ctx, jobs)
	case job.Type == "string":
		return r.strings(ctx, jobs)
	}
	return r.hashes(ctx, jobs)
}

// open takes a job that is JSON apart: its payload is a member, or the whole.
func (r jobReader) open(j *rawJob, text string) {
	if r.match.Profile.Name == "celery unacked" { // [message, exchange, routing key]
		var parts []json.RawMessage
		if len(text) <= maxDoc && json.Unmarshal([]byte(text), &parts) == nil && len(parts) == 3 {
			text = string(parts[0])
		}
	}
	j.doc, j.body, j.size = parseDoc(text), text, len(text)
	if field := r.match.Profile.Job.Payload; field != "" {
		if body, ok := j.doc.at(field); ok {
			j.body, j.size = body, len(body)
		}
	}
}

// key is where job i has its own key or hash.
func (r jobReader) key(form, id string) string {
	if r.match.Profile.Library == "rq" && r.state.Key.Role == "started" {
		id, _, _ = strings.Cut(id, ":") // since version 2 an execution's: JOB:EXECUTION
	}
	return jobKey(form, r.match.Vars, id, r.state.Name)
}

// inHash reads jobs that are JSON in one hash; those that are too long are left out.
func (r jobReader) inHash(ctx context.Context, jobs []rawJob) error {
	hash := r.key(r.match.Profile.Job.In, "")
	var lengths, reads asking
	for i, j := range jobs {
		lengths.add(i, command{"HSTRLEN", hash, j.id})
	}
	sizes, err := r.l.s.many(ctx, lengths.cmds)
	if err != nil {
		return err
	}
	left := int64(4 * peekBytes)
	for i, a := range sizes {
		n, _ := a.value.(int64)
		jobs[i].size = int(n)
		if n <= maxJobBody && n <= left {
			left -= n
			reads.add(i, command{"HGET", hash, jobs[i].id})
		}
	}
	answers, err := r.l.s.many(ctx, reads.cmds)
	if err != nil {
		return err
	}
	for k, a := range answers {
		if text, ok := a.value.(string); ok {
			r.open(&jobs[reads.of[k]], text)
		}
	}
	return nil
}

// strings reads jobs that are strings, the start of long ones.
func (r jobReader) strings(ctx context.Context, jobs []rawJob) error {
	var cmds []command
	for _, j := range jobs {
		name := r.key(r.match.Profile.Job.Key, j.id)
		cmds = append(cmds, command{"STRLEN", name}, command{"GETRANGE", name, 0, jobStringBytes - 1})
	}
	answers, err := r.l.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	for i := range jobs {
		n, _ := answers[2*i].value.(int64)
		jobs[i].size = int(n)
		jobs[i].body, _ = answers[2*i+1].value.(string)
	}
	return nil
}

// heavyFields are those of a job's hash that may be long; the others are short by their nature.
func heavyFields(job *profile.Job) []string {
	out := []string{job.Payload}
	for _, name := range []string{"opts", "returnvalue", "stacktrace", "failedReason", "progress", "exc_info", "meta", "result", "exception", "context", "description"} {
		if slices.Contains(job.Headers, name) {
			out = append(out, name)
		}
	}
	return out
}

// hashes reads jobs that are hashes: first how long the fields are that may be long, then those that
// are not too long.
func (r jobReader) hashes(ctx context.Context, jobs []rawJob) error {
	job := r.match.Profile.Job
	heavy := heavyFields(job)
	var cmds []command
	for _, j := range jobs {
		name := r.key(job.Key, j.id)
		for _, field := range heavy {
			cmds = append(cmds, command{"HSTRLEN", name, field})
		}
	}
	sizes, err := r.l.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	wanted, reads := make([][]string, len(jobs)), make([]command, len(jobs))
	left := int64(4 * peekBytes)
	for i := range jobs {
		var skip []string
		for k, field := range heavy {
			n, _ := sizes[i*len(heavy)+k].value.(int64)
			limit := int64(maxJobField)
			if field == job.Payload {
				limit, jobs[i].size = maxJobBody, int(n)
			}
			if n > limit || n > left {
				skip = append(skip, field)
				continue
			}
			left -= n
		}
		reads[i], wanted[i] = r.hashRead(jobs[i].id, skip)
		jobs[i].cut = slices.DeleteFunc(skip, func(f string) bool { return f == job.Payload })
	}
	return r.fields(ctx, jobs, reads, wanted)
}

// hashRead asks for the fields of a job but for some.
func (r jobReader) hashRead(id string, skip []string) (command, []string) {
	job := r.match.Profile.Job
	var names []string
	c := command{"HMGET", r.key(job.Key, id)}
	for _, field := range append([]string{job.Payload}, job.Headers...) {
		if !slices.Contains(skip, field) {
			names = append(names, field)
			c = append(c, field)
		}
	}
	return c, names
}

func (r jobReader) fields(ctx context.Context, jobs []rawJob, reads []command, wanted [][]string) error {
	answers, err := r.l.s.many(ctx, reads)
	if err != nil {
		return err
	}
	for i, a := range answers {
		values, _ := a.value.([]any)
		jobs[i].fields = map[string]string{}
		for k, v := range values {
			if text, ok := v.(string); ok && k < len(wanted[i]) {
				jobs[i].fields[wanted[i][k]] = text
			}
		}
		jobs[i].body = jobs[i].fields[r.match.Profile.Job.Payload]
	}
	return nil
}
