package servers

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// The memory watermarks (rabbitmq.com/docs/memory): one that any server is above, and the default,
// a part of the machine's memory.
const (
	watermarkTiny    = "0.0000001"
	watermarkDefault = "0.4"
)

// SetMemoryAlarm makes the server believe that its memory is full, so that it blocks publishers, or
// not any more. It returns when the server has been told, within about a second.
func (r *RabbitMQ) SetMemoryAlarm(on bool) error {
	ctl, err := lookup("/usr/lib/rabbitmq/bin/rabbitmqctl")
	if err != nil {
		return err
	}
	watermark := watermarkDefault
	if on {
		watermark = watermarkTiny
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, ctl, "-n", r.Node(), "set_vm_memory_high_watermark", watermark)
	cmd.Env = r.environment()
	within(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("rabbitmqctl set_vm_memory_high_watermark: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
