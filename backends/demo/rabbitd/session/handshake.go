package session

import (
	"errors"
	"fmt"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// start offers the protocol.
func (s *session) start() {
	properties := s.opt.ServerProperties.Clone()
	if properties == nil {
		properties = wire.Table{}
	}
	properties["capabilities"] = capabilities()
	s.out.method(nil, &wire.ConnectionStart{
		VersionMajor: 0, VersionMinor: 9, ServerProperties: properties,
		Mechanisms: s.mechanisms(), Locales: "en_US",
	})
}

// capabilities are those of RabbitMQ 3.10 (https://www.rabbitmq.com/docs/consumers#capabilities).
func capabilities() wire.Table {
	table := wire.Table{}
	for _, name := range []string{
		"publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify", "connection.blocked",
		"consumer_priorities", "authentication_failure_close", "per_consumer_qos", "direct_reply_to",
	} {
		table[name] = true
	}
	return table
}

// startOk takes the client's name and proof. A client that is refused is told only if it asked for
// that.
func (s *session) startOk(m *wire.ConnectionStartOk) error {
	s.client = m.ClientProperties
	s.capabilities, _ = m.ClientProperties["capabilities"].(wire.Table)
	s.mechanism = m.Mechanism
	user, err := s.authenticate(m.Mechanism, m.Response)
	if told, _ := s.capabilities["authentication_failure_close"].(bool); told && errors.Is(err, errLogin) {
		s.out.closeConnection(0, broker.NewError(broker.AccessRefused,
			"Login was refused using authentication mechanism %s. For details see the broker logfile.", m.Mechanism))
		s.phase = closed
		s.link.within(farewellLimit)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errHandshake, err)
	}
	s.user, s.phase = user, tuning
	s.out.method(nil, &wire.ConnectionTune{
		ChannelMax: s.opt.ChannelMax, FrameMax: s.opt.FrameMax, Heartbeat: uint16(s.opt.Heartbeat / time.Second),
	})
	return nil
}

// tuneOk takes what the client chose. RabbitMQ lets it choose any heartbeat.
func (s *session) tuneOk(m *wire.ConnectionTuneOk) error {
	for _, chosen := range []struct {
		name              string
		value, least, top uint32
	}{
		{"frame_max", m.FrameMax, wire.FrameMinSize, s.opt.FrameMax},
		{"channel_max", uint32(m.ChannelMax), 1, uint32(s.opt.ChannelMax)},
	} {
		if e := checkNegotiated(chosen.name, chosen.value, chosen.least, chosen.top); e != nil {
			return s.refuse(wire.IDConnectionTune, e) // without a word
		}
	}
	s.in.SetFrameMax(m.FrameMax)
	s.out.frameMax = m.FrameMax
	s.channelMax = m.ChannelMax
	heartbeat := time.Duration(m.Heartbeat) * time.Second
	s.beat.Store(int64(heartbeat / 2))
	signal(s.out.wake)
	s.phase = opening
	return nil
}

func checkNegotiated(name string, value, least, top uint32) *broker.Error {
	detail := ""
	if name == "channel_max" && value == 0 {
		detail = " (no limit)"
	}
	switch {
	case value != 0 && value < least:
		return broker.NewError(broker.NotAllowed,
			"negotiated %s = %d%s is lower than the minimum allowed value (%d)", name, value, detail, least)
	case value == 0 || value > top:
		return broker.NewError(broker.NotAllowed,
			"negotiated %s = %d%s is higher than the maximum allowed value (%d)", name, value, detail, top)
	}
	return nil
}

// open enters the virtual host.
func (s *session) open(m *wire.ConnectionOpen) error {
	info := s.info()
	info.VHost = m.VirtualHost
	core, e := s.broker.Connect(info, &outlet{s})
	if e != nil {
		return s.refuse(wire.IDConnectionOpen, e)
	}
	s.phase = running
	s.out.method(nil, &wire.ConnectionOpenOk{})
	s.core.Store(core)
	// Two heartbeats that do not come are the end.
	s.link.settle(4 * time.Duration(s.beat.Load()))
	return nil
}
