//go:build !linux && !darwin && !freebsd

package management

// diskFree is not known here; RabbitMQ writes that as "NaN".
func diskFree() any { return "NaN" }
