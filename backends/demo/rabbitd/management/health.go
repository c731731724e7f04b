package management

import (
	"strconv"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
)

func healthy(*call) any { return object{"status": "ok"} }

func singleNode(*call) any { return object{"status": "ok", "reason": "single node cluster"} }

// alarms are GET /api/health/checks/alarms and local-alarms; where says which of the two asks.
func alarms(where string) func(*call) any {
	return func(c *call) any {
		n := c.api.broker.NodeInfo()
		list := []object{}
		for _, a := range []struct {
			on       bool
			resource string
		}{{n.DiskAlarm, "disk"}, {n.MemoryAlarm, "memory"}} {
			if a.on {
				list = append(list, object{"node": n.Name, "resource": a.resource})
			}
		}
		if len(list) == 0 {
			return healthy(c)
		}
		return unhealthy{"status": "failed", "reason": "There are alarms in effect " + where, "alarms": list}
	}
}

// portListener is GET /api/health/checks/port-listener/:port.
func portListener(c *call) any {
	port, err := strconv.Atoi(c.params["port"])
	if err != nil {
		c.fail(badRequest("Invalid port"))
	}
	ports := []int{}
	for _, l := range c.api.opt.Listeners() {
		if l.Port == port {
			return object{"status": "ok", "port": port}
		}
		ports = append(ports, l.Port)
	}
	return unhealthy{"status": "failed", "reason": "No active listener", "missing": port, "ports": ports}
}

// protocolListener is GET /api/health/checks/protocol-listener/:protocol.
func protocolListener(c *call) any {
	wanted := protocol(c.params["protocol"])
	protocols := []string{}
	for _, l := range c.api.opt.Listeners() {
		if l.Protocol == wanted {
			return object{"status": "ok", "protocol": wanted}
		}
		protocols = append(protocols, l.Protocol)
	}
	return unhealthy{"status": "failed", "reason": "No active listener", "missing": wanted, "protocols": protocols}
}

// protocol turns the ways in which people write a protocol into RabbitMQ's name of it.
func protocol(name string) string {
	name = strings.ToLower(name)
	switch name {
	case "amqp091", "amqp0.9.1", "amqp0-9-1", "amqp0_9_1", "amqp10", "amqp1.0", "amqp1-0", "amqp1_0":
		return "amqp"
	case "amqps":
		return "amqp/ssl"
	case "http1", "http1.1", "http_api", "management", "management_ui", "ui":
		return "http"
	case "cli", "distribution":
		return "clustering"
	}
	return name
}

// certificates is GET /api/health/checks/certificate-expiration/:within/:unit. Listeners do not tell
// their certificates; what the demo makes lives longer than its process.
func certificates(c *call) any {
	if _, err := strconv.Atoi(c.params["within"]); err != nil {
		c.fail(badRequest("Invalid expiration value."))
	}
	switch strings.ToLower(c.params["unit"]) {
	case "days", "weeks", "months", "years":
		return healthy(c)
	}
	c.fail(badRequest("Time unit not recognised. Supported units: days, weeks, months, years."))
	return nil
}

// healthCheckNode is GET /api/healthchecks/node and /api/healthchecks/node/:node.
func healthCheckNode(c *call) any {
	n := c.api.broker.NodeInfo()
	var on []string
	if n.MemoryAlarm {
		on = append(on, "{resource_limit,memory,"+n.Name+"}")
	}
	if n.DiskAlarm {
		on = append(on, "{resource_limit,disk,"+n.Name+"}")
	}
	if on == nil {
		return healthy(c)
	}
	return unhealthy{"status": "failed", "reason": "resource alarm(s) in effect:[" + strings.Join(on, ",") + "]"}
}

func checkedNodeExists(c *call) bool {
	_, named := c.params["node"]
	return !named || nodeExists(c)
}

// aliveness is GET /api/aliveness-test/:vhost: a message goes through a queue and back.
func aliveness(c *call) any {
	const queue = "aliveness-test"
	got := false
	c.channel(func(ch *broker.Channel, _ *catcher) *broker.Error {
		if _, err := ch.DeclareQueue(broker.QueueDeclare{Name: queue}); err != nil {
			return err
		}
		if err := ch.Publish(broker.Publishing{RoutingKey: queue, Body: []byte("test_message")}); err != nil {
			return err
		}
		m, err := ch.Get(queue, true)
		got = m != nil
		return err
	})
	if !got {
		return unhealthy{"status": "failed", "reason": "aliveness-test queue is empty"}
	}
	return healthy(c)
}
