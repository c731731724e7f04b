package servers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RabbitMQ is a rabbitmq-server of our own with the management plugin, user guest, password
// guest.
type RabbitMQ struct {
	// Port takes AMQP, ManagementPort HTTP; both stay the same across Kill and Start.
	Port, ManagementPort int

	distPort, epmdPort int
	dir                string
	plugins            string
	proc, epmd         *process
}

// RabbitOptions change how a RabbitMQ is set up.
type RabbitOptions struct {
	// Config is added to rabbitmq.conf, one "key = value" a line.
	Config string
	// NoManagement leaves the management plugin out.
	NoManagement bool
	// Plugins are enabled beside it; they must be installed.
	Plugins []string
}

// rabbitConfig listens on loopback only and gathers statistics every second instead of every
// five.
const rabbitConfig = `listeners.tcp.1 = 127.0.0.1:%d
management.tcp.ip = 127.0.0.1
management.tcp.port = %d
log.console = true
log.console.level = warning
log.file = false
collect_statistics_interval = 1000
%s
`

// StartRabbitMQ starts a rabbitmq-server and returns when it takes AMQP connections and, unless
// it was left out, the management API answers. That takes 4 to 12 seconds.
func StartRabbitMQ(ctx context.Context, opt RabbitOptions) (*RabbitMQ, error) {
	ports, err := FreePorts(4)
	if err != nil {
		return nil, err
	}
	dir, err := newFolder("rabbitmq")
	if err != nil {
		return nil, err
	}
	r := &RabbitMQ{
		Port: ports[0], ManagementPort: ports[1], distPort: ports[2], epmdPort: ports[3],
		dir: dir,
	}
	plugins := slices.Clone(opt.Plugins)
	config := fmt.Sprintf(rabbitConfig, r.Port, r.ManagementPort, opt.Config)
	if opt.NoManagement {
		r.ManagementPort = 0
		config = strings.ReplaceAll(config, "management.tcp", "# management.tcp")
	} else {
		plugins = append(plugins, "rabbitmq_management")
	}
	r.plugins = "[" + strings.Join(plugins, ",") + "].\n"
	if err := errors.Join(r.prepare(config), r.Start(ctx)); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *RabbitMQ) prepare(config string) error {
	var errs []error
	for _, d := range []string{"mnesia", "log", "home"} {
		errs = append(errs, os.MkdirAll(filepath.Join(r.dir, d), 0o700))
	}
	for name, text := range map[string]string{
		"env.conf": "", "enabled_plugins": r.plugins, "rabbitmq.conf": config,
	} {
		errs = append(errs, os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600))
	}
	return errors.Join(errs...)
}

// Start starts the server again after Kill, on the same ports and with what it had on disk.
func (r *RabbitMQ) Start(ctx context.Context) error {
	script, err := lookup("/usr/lib/rabbitmq/bin/rabbitmq-server")
	if err != nil {
		return err
	}
	epmd, err := lookup("epmd")
	if err != nil {
		return err
	}
	// The port mapper must be a child of ours, or RabbitMQ leaves one behind as a daemon.
	mapper := exec.Command(epmd, "-address", "127.0.0.1", "-port", strconv.Itoa(r.epmdPort)) //nolint:noctx // lives until Close
	if r.epmd, err = spawn(mapper); err != nil {
		return err
	}
	server := exec.Command(script) //nolint:noctx // lives until Close
	server.Env = r.environment()
	if r.proc, err = spawn(server); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	return r.proc.await(ctx, func() error { return r.ready(ctx) })
}

// environment makes the start script exec the Erlang VM (as it does under systemd), so that our
// child is the server itself, and keeps every file in our folder.
func (r *RabbitMQ) environment() []string {
	in := func(name string) string { return filepath.Join(r.dir, name) }
	return []string{
		"PATH=/usr/lib/rabbitmq/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + in("home"),
		"ERL_EPMD_PORT=" + strconv.Itoa(r.epmdPort), "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_CONF_ENV_FILE=" + in("env.conf"), "RABBITMQ_NODENAME=" + r.Node(),
		"RABBITMQ_MNESIA_BASE=" + in("mnesia"), "RABBITMQ_LOG_BASE=" + in("log"),
		"RABBITMQ_CONFIG_FILE=" + in("rabbitmq.conf"), "RABBITMQ_ENABLED_PLUGINS_FILE=" + in("enabled_plugins"),
		"RABBITMQ_DIST_PORT=" + strconv.Itoa(r.distPort), "RABBITMQ_PID_FILE=" + in("pid"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
		"RUNNING_UNDER_SYSTEMD=true",
	}
}

func (r *RabbitMQ) ready(ctx context.Context) error {
	if err := accepts(ctx, r.Port); err != nil || r.ManagementPort == 0 {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.ManagementURL()+"/api/overview", http.NoBody)
	if err != nil {
		return err
	}
	request.SetBasicAuth("guest", "guest")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("management API: %s", answer.Status)
	}
	return nil
}

// Node is the Erlang node name.
func (r *RabbitMQ) Node() string { return fmt.Sprintf("bustop%d@localhost", r.Port) }

// URL is the address as bustop takes it, for the vhost "/".
func (r *RabbitMQ) URL() string { return "amqp://guest:guest@" + loopback(r.Port) + "/" }

// ManagementURL is the address of the management API without user and password.
func (r *RabbitMQ) ManagementURL() string { return "http://" + loopback(r.ManagementPort) }

// Pid is the process id of the Erlang VM.
func (r *RabbitMQ) Pid() int { return r.proc.pid() }

// Kill ends the server and its port mapper as kill -9 does; the files stay.
func (r *RabbitMQ) Kill() {
	for _, p := range []*process{r.proc, r.epmd} {
		if p != nil {
			p.kill()
		}
	}
}

// Close ends the server and removes its files.
func (r *RabbitMQ) Close() {
	r.Kill()
	_ = os.RemoveAll(r.dir)
}
