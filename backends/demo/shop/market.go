package shop

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// publishPrices sends each new price to the channel of its good, and to the sharded channel of
// the same name in braces (redis.io/docs/latest/develop/pubsub#sharded-pubsub).
func (s *Shop) publishPrices(ctx context.Context) error {
	db := s.openRedis("price-feed")
	defer db.Close()
	return each(ctx, s.prices, func(p *price) error {
		body, err := s.encode(p.format, p)
		if err != nil {
			return err
		}
		pipe := db.Pipeline()
		pipe.Publish(ctx, "prices."+p.Symbol, body)
		pipe.SPublish(ctx, "market.{"+p.Symbol+"}", body)
		_, err = pipe.Exec(ctx)
		return err
	})
}

// watchPrices is an ordinary subscriber of some channels, of a pattern and of a sharded channel.
func (s *Shop) watchPrices(ctx context.Context) error {
	db := s.openRedis("price-board")
	defer db.Close()
	sub := db.Subscribe(ctx, "prices."+symbols()[0], "prices."+symbols()[1], "prices."+symbols()[2])
	defer sub.Close()
	if err := sub.PSubscribe(ctx, "prices.*"); err != nil {
		return err
	}
	shard := db.SSubscribe(ctx, "market.{"+symbols()[0]+"}", "market.{"+symbols()[3]+"}")
	defer shard.Close()
	hangUp := func() { _ = errors.Join(sub.Close(), shard.Close()) }
	stop := context.AfterFunc(ctx, hangUp) // a read does not end with ctx
	defer stop()
	ended := make(chan error, 2)
	var wg sync.WaitGroup
	wg.Go(func() { ended <- hear(ctx, shard) })
	wg.Go(func() { ended <- hear(ctx, sub) })
	err := <-ended
	hangUp()
	wg.Wait()
	return err
}

func hear(ctx context.Context, sub *redis.PubSub) error {
	for {
		if _, err := sub.Receive(ctx); err != nil {
			return err
		}
	}
}

// The leaderboards: points that only grow, stars of which many products have the same number,
// and money, which may be owed. The last is bounded by its members, the others too.
const (
	boardSellers  = "leaderboard:sellers"
	boardProducts = "leaderboard:product-stars"
	boardBalance  = "leaderboard:balance"
	maxSellers    = 100
)

// scoreSellers gives sellers their points and keeps what a shop front keeps in Redis beside
// them: a session of each seller.
func (s *Shop) scoreSellers(ctx context.Context) error {
	db := s.openRedis("sales-board")
	defer db.Close()
	return each(ctx, s.sales, func(v *sale) error {
		pipe := db.Pipeline()
		pipe.ZIncrBy(ctx, boardSellers, float64(v.points), v.seller)
		pipe.ZRemRangeByRank(ctx, boardSellers, 0, -maxSellers-1)
		pipe.ZAdd(ctx, boardProducts, redis.Z{Score: float64(v.stars), Member: v.sku})
		pipe.ZIncrBy(ctx, boardBalance, float64(v.cents)/100, v.seller)
		session := "session:" + s.token(v.seller)
		pipe.HSet(ctx, session, "seller", v.seller, "last_points", v.points, "seen", time.Now().Unix())
		pipe.Expire(ctx, session, sessionLife)
		_, err := pipe.Exec(ctx)
		return err
	})
}
