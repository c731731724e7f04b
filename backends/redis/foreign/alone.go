package main

import (
	"context"
	"errors"
	"time"

	"github.com/hibiken/asynq"
)

// asynqAlone leaves one queue behind, with two tasks that wait, one that comes later and one that has failed.
func asynqAlone(s *stage) error {
	opt := asynq.RedisClientOpt{Addr: s.client.Options().Addr}
	client := asynq.NewClient(opt)
	defer client.Close()
	enqueue := func(kind string, opts ...asynq.Option) error {
		_, err := client.EnqueueContext(s, asynq.NewTask(kind, []byte(`{"to":1}`)), append(opts, asynq.Queue("low"))...)
		return err
	}
	if err := enqueue("mail:fail", asynq.MaxRetry(3)); err != nil {
		return err
	}
	failed := make(chan struct{})
	server := asynq.NewServer(opt, asynq.Config{Queues: map[string]int{"low": 1}, LogLevel: asynq.FatalLevel, ShutdownTimeout: time.Second})
	if err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		defer close(failed)
		return errors.New("no route to host")
	})); err != nil {
		return err
	}
	<-failed
	server.Shutdown()
	return errors.Join(
		enqueue("mail:send", asynq.TaskID("first")), enqueue("mail:send", asynq.TaskID("second")), enqueue("mail:later", asynq.ProcessIn(time.Hour)),
	)
}
