package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"
)

// asynqQueue brings jobs of one queue into every state and keeps them there.
func asynqQueue(s *stage) error {
	opt := asynq.RedisClientOpt{Addr: s.client.Options().Addr}
	client, inspector := asynq.NewClient(opt), asynq.NewInspector(opt)
	s.atEnd(func() { client.Close(); inspector.Close() })
	server := asynq.NewServer(opt, asynq.Config{
		Concurrency: 1, LogLevel: asynq.FatalLevel, RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return time.Hour },
		Queues: map[string]int{"critical": 1}, ShutdownTimeout: time.Second,
	})
	held := make(chan struct{})
	if err := server.Start(asynqHandler(held)); err != nil {
		return err
	}
	s.atEnd(func() { close(held); server.Shutdown() })
	send := func(kind string, options ...asynq.Option) (*asynq.TaskInfo, error) {
		return client.EnqueueContext(s, asynq.NewTask(kind, []byte(`{"to":"ann@example.org"}`)), append(options, asynq.Queue("critical"))...)
	}
	reach := func(want asynq.QueueInfo) error {
		return s.until(func() (bool, error) {
			q, err := inspector.GetQueueInfo("critical")
			if err != nil {
				return false, err
			}
			return q.Completed == want.Completed && q.Retry == want.Retry && q.Archived == want.Archived && q.Active == want.Active, nil
		})
	}
	if err := all(send, []asynqTask{{"mail:done", asynq.Retention(time.Hour)}, {"mail:fails", nil}, {"mail:gives-up", nil}}); err != nil {
		return err
	}
	want := asynq.QueueInfo{Completed: 1, Retry: 1, Archived: 1}
	if err := reach(want); err != nil {
		return err
	}
	if _, err := send("mail:held"); err != nil {
		return err
	}
	if want.Active = 1; reach(want) != nil {
		return errors.New("no task is active")
	}
	if err := all(send, []asynqTask{{"mail:later", asynq.ProcessIn(time.Hour)}, {"mail:waits", nil}, {"mail:waits", nil}}); err != nil {
		return err
	}
	one, err := send("mail:once", asynq.Unique(time.Hour))
	if err != nil {
		return err
	}
	keys, err := s.client.Keys(s, "asynq:{critical}:unique:*").Result()
	if err != nil || len(keys) != 1 {
		return fmt.Errorf("%d unique locks: %w", len(keys), err)
	}
	s.claim(claim{Kind: "lock", Name: keys[0], Library: "asynq", Holder: one.ID})
	s.claim(claim{Kind: "queue", Name: "asynq:{critical}", Library: "asynq", States: map[string]int64{
		"pending": 3, "active": 1, "scheduled": 1, "retry": 1, "archived": 1, "completed": 1,
	}})
	s.claim(claim{Kind: "channel", Name: "asynq:cancel"})
	return nil
}

type asynqTask struct {
	kind   string
	option asynq.Option
}

func all(send func(string, ...asynq.Option) (*asynq.TaskInfo, error), tasks []asynqTask) error {
	for _, t := range tasks {
		var options []asynq.Option
		if t.option != nil {
			options = append(options, t.option)
		}
		if _, err := send(t.kind, options...); err != nil {
			return err
		}
	}
	return nil
}

func asynqHandler(held <-chan struct{}) asynq.HandlerFunc {
	return func(_ context.Context, t *asynq.Task) error {
		switch t.Type() {
		case "mail:fails":
			return errors.New("no such mailbox")
		case "mail:gives-up":
			return fmt.Errorf("no such country: %w", asynq.SkipRetry)
		case "mail:held":
			<-held
		}
		return nil
	}
}
