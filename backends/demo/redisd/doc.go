// Package redisd is a Redis server in the process.
package redisd
