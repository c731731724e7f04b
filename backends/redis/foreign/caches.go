package main

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	"github.com/go-redis/cache/v9"
	"github.com/go-redis/redis_rate/v10"
	"github.com/ulule/limiter/v3"
	ulule "github.com/ulule/limiter/v3/drivers/store/redis"
)

// caches sets a short value, which the library keeps as it is, a long one, which it compresses, and one that is
// long even so.
func caches(s *stage) error {
	type product struct {
		ID   int
		Name string
	}
	c := cache.New(&cache.Options{Redis: s.client})
	random := make([]byte, 4000)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	for key, name := range map[string]string{
		"product:short": "chair", "catalogue/long": strings.Repeat("a chair of oak, ", 20), "picture/large": hex.EncodeToString(random),
	} {
		if err := c.Set(&cache.Item{Ctx: s, Key: key, Value: product{17, name}, TTL: time.Hour}); err != nil {
			return err
		}
		s.claim(claim{Kind: "key", Name: key, Library: "go-redis/cache", Use: "cache"})
	}
	return nil
}

func rates(s *stage) error {
	if _, err := redis_rate.NewLimiter(s.client).AllowN(s, "project:north", redis_rate.PerMinute(10), 5); err != nil {
		return err
	}
	s.claim(claim{Kind: "key", Name: "rate:project:north", Library: "redis_rate", Use: "limiter"})
	return nil
}

// ululeLimiter counts in a plain key, which nothing tells from others.
func ululeLimiter(s *stage) error {
	store, err := ulule.NewStore(s.client)
	if err != nil {
		return err
	}
	if _, err := limiter.New(store, limiter.Rate{Period: time.Minute, Limit: 10}).Get(s, "10.0.0.1"); err != nil {
		return err
	}
	s.claim(claim{Kind: "key", Name: "limiter:10.0.0.1"})
	return nil
}
