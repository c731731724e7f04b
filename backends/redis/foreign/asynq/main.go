// Command asynq fills a Redis server, its argument, with the tasks of an asynq queue.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"time"

	"github.com/hibiken/asynq"
)

func main() {
	opt := asynq.RedisClientOpt{Addr: os.Args[1]}
	client := asynq.NewClient(opt)
	enqueue := func(typ string, opts ...asynq.Option) {
		if _, err := client.Enqueue(asynq.NewTask(typ, []byte(`{"to":1}`)), opts...); err != nil {
			log.Fatal(err)
		}
	}
	enqueue("mail:fail", asynq.Queue("low"), asynq.MaxRetry(3))
	failed := make(chan struct{})
	server := asynq.NewServer(opt, asynq.Config{Queues: map[string]int{"low": 1}, LogLevel: asynq.FatalLevel, ShutdownTimeout: time.Second})
	if err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		defer close(failed)
		return errors.New("no route to host")
	})); err != nil {
		log.Fatal(err)
	}
	<-failed
	server.Shutdown()
	enqueue("mail:send", asynq.Queue("low"), asynq.TaskID("first"))
	enqueue("mail:send", asynq.Queue("low"), asynq.TaskID("second"))
	enqueue("mail:later", asynq.Queue("low"), asynq.ProcessIn(time.Hour))
}
