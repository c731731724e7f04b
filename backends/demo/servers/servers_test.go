package servers_test

import (
	"context"
	"syscall"
	"testing"

	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

func TestRedisComesBackOnItsPort(t *testing.T) {
	r := testkit.Redis(t)
	before := r.Pid()
	r.Kill()
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r.Pid() == before {
		t.Fatal("the same process after a restart")
	}
}

func TestRabbitMQEndsWithoutTrace(t *testing.T) {
	r := testkit.RabbitMQ(t, servers.RabbitOptions{})
	pid := r.Pid()
	r.Close()
	if err := syscall.Kill(pid, 0); err == nil {
		t.Fatal("the server is still running")
	}
}
