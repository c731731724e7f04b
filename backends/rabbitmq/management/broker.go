package management

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Labels is a list of strings; a single one with commas, as older versions write tags, is taken apart.
type Labels []string

// UnmarshalJSON takes an array of strings or a string.
func (w *Labels) UnmarshalJSON(text []byte) error {
	*w = nil
	if bytes.HasPrefix(text, []byte("[")) {
		var all []Word
		if json.Unmarshal(text, &all) == nil {
			for _, one := range all {
				*w = append(*w, string(one))
			}
		}
		return nil
	}
	var one Word
	_ = one.UnmarshalJSON(text)
	for part := range strings.SplitSeq(string(one), ",") {
		if part = strings.TrimSpace(part); part != "" {
			*w = append(*w, part)
		}
	}
	return nil
}

// Clock is a moment: RFC 3339, "2006-01-02 15:04:05" in UTC as older versions write it, or a number of
// milliseconds since 1970. Anything else is zero.
type Clock struct{ time.Time }

// UnmarshalJSON takes a string or a number.
func (c *Clock) UnmarshalJSON(text []byte) error {
	*c = Clock{}
	var n Number
	if _ = n.UnmarshalJSON(text); n.Known {
		if n.Value > 0 && n.Value < 253402300799999 { // the end of the year 9999
			c.Time = time.UnixMilli(int64(n.Value))
		}
		return nil
	}
	var word Word
	_ = word.UnmarshalJSON(text)
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05"} {
		if at, err := time.Parse(form, string(word)); err == nil {
			c.Time = at
			return nil
		}
	}
	return nil
}

// BrokerConnection is one of /api/connections.
type BrokerConnection struct {
	Name       string       `json:"name"`
	Given      Word         `json:"user_provided_name"`
	Properties Table        `json:"client_properties"`
	User       Word         `json:"user"`
	Vhost      Word         `json:"vhost"`
	Protocol   Word         `json:"protocol"`
	Node       Word         `json:"node"`
	State      Word         `json:"state"`
	PeerHost   Word         `json:"peer_host"`
	PeerPort   Number       `json:"peer_port"`
	TLS        Truth        `json:"ssl"`
	TLSVersion Word         `json:"ssl_protocol"`
	Cipher     Word         `json:"ssl_cipher"`
	Version2   Word         `json:"tls_version"` // LavinMQ
	Cipher2    Word         `json:"cipher"`
	Subject    Word         `json:"peer_cert_subject"`
	Mechanism  Word         `json:"auth_mechanism"`
	Channels   Number       `json:"channels"`
	Connected  Clock        `json:"connected_at"`
	Heartbeat  Number       `json:"timeout"`
	In         Number       `json:"recv_oct"`
	Out        Number       `json:"send_oct"`
	InD        Maybe[Slope] `json:"recv_oct_details"`
	OutD       Maybe[Slope] `json:"send_oct_details"`
	Pending    Number       `json:"send_pend"`
}

// BrokerConnectionColumns are the fields of BrokerConnection that listings ask for.
const BrokerConnectionColumns = "name,user_provided_name,client_properties,user,vhost,protocol,node,state,peer_host,peer_port," +
	"ssl,ssl_protocol,ssl_cipher,tls_version,cipher,peer_cert_subject,auth_mechanism,channels,connected_at,timeout," +
	"recv_oct,send_oct,recv_oct_details,send_oct_details,send_pend"

// BrokerChannel is one of /api/channels.
type BrokerChannel struct {
	Name       string `json:"name"`
	Number     Number `json:"number"`
	Connection Maybe[struct {
		Name     string `json:"name"`
		PeerHost Word   `json:"peer_host"`
		PeerPort Number `json:"peer_port"`
	}] `json:"connection_details"`
	User           Word                `json:"user"`
	Vhost          Word                `json:"vhost"`
	State          Word                `json:"state"`
	Unacked        Number              `json:"messages_unacknowledged"`
	Unconfirmed    Number              `json:"messages_unconfirmed"`
	Uncommitted    Number              `json:"messages_uncommitted"`
	Prefetch       Number              `json:"prefetch_count"`
	GlobalPrefetch Number              `json:"global_prefetch_count"`
	Consumers      Number              `json:"consumer_count"`
	IdleSince      Clock               `json:"idle_since"`
	Confirm        Truth               `json:"confirm"`
	Transactional  Truth               `json:"transactional"`
	Stats          Maybe[MessageStats] `json:"message_stats"`
}

// BrokerChannelColumns are the fields of BrokerChannel that listings ask for.
const BrokerChannelColumns = "name,number,connection_details,user,vhost,state,messages_unacknowledged,messages_unconfirmed," +
	"messages_uncommitted,prefetch_count,global_prefetch_count,consumer_count,idle_since,confirm,transactional,message_stats"

// BrokerVhost is one of /api/vhosts.
type BrokerVhost struct {
	Name        string              `json:"name"`
	Description Word                `json:"description"`
	Tags        Labels              `json:"tags"`
	Tracing     Truth               `json:"tracing"`
	QueueType   Word                `json:"default_queue_type"`
	Ready       Number              `json:"messages_ready"`
	Unacked     Number              `json:"messages_unacknowledged"`
	Stats       Maybe[MessageStats] `json:"message_stats"`
	// State is "running" or another word by node.
	State Table `json:"cluster_state"`
}

// Limits is one of /api/vhost-limits.
type Limits struct {
	Vhost string `json:"vhost"`
	Value Table  `json:"value"`
}

// VhostPolicy is a policy with its vhost, as /api/policies and /api/operator-policies list them.
type VhostPolicy struct {
	Policy
	Vhost string `json:"vhost"`
}

// Feature is one of /api/feature-flags.
type Feature struct {
	Name        string `json:"name"`
	State       Word   `json:"state"`
	Stability   Word   `json:"stability"`
	Description Word   `json:"desc"`
}

// Shovel is one of /api/shovels.
type Shovel struct {
	Name        Word `json:"name"`
	Vhost       Word `json:"vhost"`
	Type        Word `json:"type"`
	State       Word `json:"state"`
	Node        Word `json:"node"`
	Timestamp   Word `json:"timestamp"`
	Reason      Word `json:"reason"`
	SourceURI   Word `json:"src_uri"`
	SourceQueue Word `json:"src_queue"`
	SourceX     Word `json:"src_exchange"`
	SourceAddr  Word `json:"src_address"`
	TargetURI   Word `json:"dest_uri"`
	TargetQueue Word `json:"dest_queue"`
	TargetX     Word `json:"dest_exchange"`
	TargetAddr  Word `json:"dest_address"`
}

// FederationLink is one of /api/federation-links.
type FederationLink struct {
	Upstream  Word `json:"upstream"`
	Type      Word `json:"type"`
	Exchange  Word `json:"exchange"`
	Queue     Word `json:"queue"`
	UpstreamX Word `json:"upstream_exchange"`
	UpstreamQ Word `json:"upstream_queue"`
	Vhost     Word `json:"vhost"`
	Status    Word `json:"status"`
	Node      Word `json:"node"`
	URI       Word `json:"uri"`
	Error     Word `json:"error"`
	Timestamp Word `json:"timestamp"`
	// Local is the channel within the server by which the link publishes.
	Local Maybe[struct {
		IdleSince Word `json:"idle_since"`
	}] `json:"local_channel"`
}

// WhoAmI is /api/whoami.
type WhoAmI struct {
	Name string `json:"name"`
	Tags Labels `json:"tags"`
}

// Permission is one of /api/users/{user}/permissions; with an exchange, of its topic permissions.
type Permission struct {
	Vhost     string `json:"vhost"`
	Exchange  string `json:"exchange"`
	Configure string `json:"configure"`
	Write     string `json:"write"`
	Read      string `json:"read"`
}
