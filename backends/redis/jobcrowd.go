package redis

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

const (
	// maxWorkers bounds the processes that are asked what they take, maxThreads the jobs in work of
	// each.
	maxWorkers, maxThreads = 100, 200
	// maxClients is the size of a server's list of clients from which it is not asked for.
	maxClients = 2000
	// workerBytes is how much is read of what a worker says of itself.
	workerBytes = 8 << 10
)

// crowdOf is how a library tells who works, for all of its queues under one namespace.
type crowdOf func(ctx context.Context, l queues, ns string) (crowd, error)

func crowdsOf() map[string]crowdOf {
	return map[string]crowdOf{
		"sidekiq": sidekiqCrowd, "resque": resqueCrowd, "asynq": asynqCrowd, "bullmq": bullCrowd, "bull": bullCrowd, "dramatiq": dramatiqCrowd,
		"celery": celeryCrowd, "laravel": laravelCrowd, "horizon": horizonCrowd,
	}
}

// workers fills in who works on the queues of a listing. It is asked once for all queues of a
// library, and believed for a while.
func (l queues) workers(ctx context.Context, rows []*jobRow, out []row[backends.Queue]) error {
	now := time.Now()
	for i, r := range rows {
		ask := crowdsOf()[r.match.Profile.Library]
		if ask == nil || out[i].state != shown || (!out[i].item.Ready.Known() && r.match.Profile.Library != "horizon") {
			continue // nobody works on what only comes later or is dead
		}
		ns := r.namespace()
		key := r.match.Profile.Library + "/" + ns
		found, ok := l.s.jobs.crowds.get(key, now)
		if !ok {
			var err error
			if found, err = ask(ctx, l, ns); err != nil && backends.ReasonOf(err) != backends.Denied {
				return err
			}
			found.at = now
			l.s.jobs.crowds.put(key, found)
		}
		found.tell(&out[i].item)
	}
	return nil
}

// namespace is what stands before a library's keys, with its colon.
func (r *jobRow) namespace() string {
	switch {
	case r.match.Profile.Name == "resque":
		return "resque:"
	case r.match.Vars["ns"] != "":
		return r.match.Vars["ns"] + ":"
	}
	return ""
}

func (c crowd) tell(q *backends.Queue) {
	if c.workers != nil {
		q.Consumers = backends.ExactCount(c.workers[q.Name] + c.anywhere)
		if c.about {
			q.Consumers.Certainty = backends.About
		}
		if c.atLeast {
			q.Consumers.Certainty = backends.AtLeast
		}
		if c.atLeast && q.Consumers.Value == 0 {
			q.Consumers = backends.Count{} // "at least none" says nothing
		}
	}
	if c.busy == nil || q.Unacked.Known() || (c.atLeast && c.busy[q.Name] == 0) {
		return
	}
	q.Unacked = backends.ExactCount(c.busy[q.Name])
	if c.atLeast {
		q.Unacked.Certainty = backends.AtLeast
	}
	q.Total = backends.Count{Value: q.Total.Value + q.Unacked.Value, Certainty: max(q.Total.Certainty, q.Unacked.Certainty)}
	q.States = append(q.States, backends.NamedCount{Name: "busy", Count: q.Unacked})
}

// members reads at most maxWorkers members of a set; more says that there may be others.
func (l queues) members(ctx context.Context, set string) (found []string, more bool, err error) {
	v, err := l.s.one(ctx, "SSCAN", set, "0", "COUNT", maxWorkers)
	if err != nil {
		return nil, false, err
	}
	parts, _ := v.([]any)
	if len(parts) != 2 {
		return nil, false, nil
	}
	found = texts(parts[1])
	more = parts[0] != "0" || len(found) > maxWorkers
	return found[:min(len(found), maxWorkers)], more, nil
}

// sidekiqCrowd asks the processes (github.com/sidekiq/sidekiq, lib/sidekiq/api.rb): each tells the
// queues it takes from, and beside it lies what its threads work on. One without a beat is dead.
func sidekiqCrowd(ctx context.Context, l queues, ns string) (crowd, error) {
	idents, more, err := l.members(ctx, ns+"processes")
	if err != nil {
		return crowd{}, err
	}
	cmds := make([]command, 0, 2*len(idents))
	for _, id := range idents {
		cmds = append(cmds, command{"HGET", ns + id, "info"}, command{"HSCAN", ns + id + ":work", "0", "COUNT", maxThreads})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return crowd{}, err
	}
	c := crowd{workers: map[string]int64{}, busy: map[string]int64{}, atLeast: more}
	for i := range idents {
		text, _ := answers[2*i].value.(string)
		var info struct {
			Queues []string `json:"queues"`
		}
		if json.Unmarshal([]byte(text), &info) != nil {
			continue
		}
		taken := map[string]bool{} // a queue of more weight is named more than once
		for _, name := range info.Queues {
			taken[name] = true
		}
		for name := range taken {
			c.workers[ns+"queue:"+name]++
		}
		parts, _ := answers[2*i+1].value.([]any)
		_, works := hashPart(parts)
		for _, work := range works {
			if name, ok := parseDoc(work).at("queue"); ok {
				c.busy[ns+"queue:"+name]++
			}
		}
	}
	return c, nil
}

// resqueCrowd reads the names of the workers: host:pid:queue,queue (lib/resque/worker.rb). Those
// with a job in work have a key of their own.
func resqueCrowd(ctx context.Context, l queues, ns string) (crowd, error) {
	names, more, err := l.members(ctx, ns+"workers")
	if err != nil {
		return crowd{}, err
	}
	cmds := make([]command, len(names))
	for i, name := range names {
		cmds[i] = command{"GETRANGE", ns + "worker:" + name, 0, workerBytes - 1}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return crowd{}, err
	}
	c := crowd{workers: map[string]int64{}, busy: map[string]int64{}, atLeast: more}
	for i, name := range names {
		for _, queue := range strings.Split(name[strings.LastIndexByte(name, ':')+1:], ",") {
			if strings.Contains(queue, "*") {
				c.anywhere++
			} else {
				c.workers[ns+"queue:"+queue]++
			}
		}
		text, _ := answers[i].value.(string)
		if queue, ok := parseDoc(text).at("queue"); ok {
			c.busy[ns+"queue:"+queue]++
		}
	}
	return c, nil
}

// asynqCrowd asks the servers, which are named with the time at which they count as dead. Each tells
// its queues in field 5 of ServerInfo, a map (github.com/hibiken/asynq, internal/proto/asynq.proto).
func asynqCrowd(ctx context.Context, l queues, _ string) (crowd, error) {
	v, err := l.s.one(ctx, "ZRANGEBYSCORE", "asynq:servers", time.Now().Unix(), "+inf", "LIMIT", 0, maxWorkers)
	if err != nil {
		return crowd{}, err
	}
	keys := texts(v)
	cmds := make([]command, len(keys))
	for i, key := range keys {
		cmds[i] = command{"GETRANGE", key, 0, workerBytes - 1}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return crowd{}, err
	}
	c := crowd{workers: map[string]int64{}, atLeast: len(keys) == maxWorkers}
	for _, a := range answers {
		text, _ := a.value.(string)
		eachField([]byte(text), func(num protowire.Number, value []byte, _ uint64) {
			if num != 5 {
				return
			}
			eachField(value, func(num protowire.Number, name []byte, _ uint64) {
				if num == 1 {
					c.workers["asynq:{"+string(name)+"}"]++
				}
			})
		})
	}
	return c, nil
}

// eachField calls do for each field of a protobuf message that is a number or has a length, until
// the message ends or breaks (protobuf.dev/programming-guides/encoding).
func eachField(msg []byte, do func(num protowire.Number, value []byte, number uint64)) {
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return
		}
		msg = msg[n:]
		switch typ {
		case protowire.VarintType:
			v, n := protowire.ConsumeVarint(msg)
			if n < 0 {
				return
			}
			do(num, nil, v)
			msg = msg[n:]
		case protowire.BytesType:
			v, n := protowire.ConsumeBytes(msg)
			if n < 0 {
				return
			}
			do(num, v, 0)
			msg = msg[n:]
		default:
			if n = protowire.ConsumeFieldValue(num, typ, msg); n < 0 {
				return
			}
			msg = msg[n:]
		}
	}
}

// bullCrowd reads the names of the clients: a worker calls its blocking connection by the prefix and
// the base64 of the queue's name, and what it is behind that (docs.bullmq.io, Worker.getWorkers).
func bullCrowd(ctx context.Context, l queues, _ string) (crowd, error) {
	nodes, err := l.s.masters(ctx)
	if err != nil {
		return crowd{}, err
	}
	c := crowd{workers: map[string]int64{}, atLeast: true} // a connection may have no name
	for _, n := range nodes {
		answers, err := n.many(ctx, []command{{"INFO", "clients"}})
		if err != nil {
			return crowd{}, err
		}
		text, _ := answers[0].value.(string)
		if clients, ok := parseInfo(text).number("connected_clients"); !ok || clients > maxClients {
			return crowd{}, nil
		}
		answers, err = n.many(ctx, []command{{"CLIENT", "LIST"}})
		if err != nil {
			return crowd{}, err
		}
		list, ok := answers[0].value.(string)
		if answers[0].err != nil || !ok {
			return crowd{}, nil
		}
		for line := range strings.Lines(list) {
			if queue, ok := bullClient(line); ok {
				c.workers[queue]++
			}
		}
	}
	return c, nil
}

// bullClient is the queue that a client of CLIENT LIST works on.
func bullClient(line string) (queue string, ok bool) {
	_, after, ok := strings.Cut(line, " name=")
	name, _, _ := strings.Cut(after, " ")
	if !ok || name == "" {
		return "", false
	}
	name, _, _ = strings.Cut(name, ":w:")
	prefix, code, ok := cutLast(name, ":")
	raw, err := base64.StdEncoding.DecodeString(code)
	if !ok || err != nil || len(raw) == 0 {
		return "", false
	}
	return prefix + ":" + string(raw), true
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// dramatiqCrowd asks the workers that have given a sign of life for the messages they hold, by the
// queue behind their name. Which queues a worker takes from is not written down.
func dramatiqCrowd(ctx context.Context, l queues, ns string) (crowd, error) {
	v, err := l.s.one(ctx, "ZREVRANGE", ns+"__heartbeats__", 0, maxWorkers-1)
	if err != nil {
		return crowd{}, err
	}
	var cmds []command
	var of []string
	for _, worker := range texts(v) {
		for name := range l.dramatiqQueues(ns) {
			cmds, of = append(cmds, command{"SCARD", ns + "__acks__." + worker + "." + name}), append(of, ns+name)
		}
		if len(cmds) > maxPipeline {
			break
		}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return crowd{}, err
	}
	c := crowd{busy: map[string]int64{}, atLeast: len(cmds) > maxPipeline}
	for i, a := range answers {
		n, _ := a.value.(int64)
		c.busy[of[i]] += n
	}
	return c, nil
}

// dramatiqQueues are the queues that the walk has found under a namespace.
func (l queues) dramatiqQueues(ns string) map[string]bool {
	out := map[string]bool{}
	found, _ := l.s.walker.catalog.list(backends.KindQueue, ns)
	for _, name := range found[:min(len(found), maxWorkers)] {
		m := l.s.walker.catalog.matchOf(backends.KindQueue, name)
		if m != nil && m.Key.Part != profile.Row && m.Profile.Library == "dramatiq" {
			out[strings.TrimPrefix(name, ns)] = true
		}
	}
	return out
}
