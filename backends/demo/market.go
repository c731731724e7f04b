package demo

import (
	"context"
	"time"
)

// publishPrices sends each new price to the channel of its good.
func (s *shop) publishPrices(ctx context.Context) error {
	db := s.openRedis("price-feed")
	defer db.Close()
	return each(ctx, s.prices, func(p *price) error {
		body, err := p.format.encode(p)
		if err != nil {
			return err
		}
		return db.Publish(ctx, "prices."+p.Symbol, body).Err()
	})
}

// watchPrices is an ordinary subscriber of some channels and of a pattern.
func (s *shop) watchPrices(ctx context.Context) error {
	db := s.openRedis("price-board")
	defer db.Close()
	sub := db.Subscribe(ctx, "prices."+symbols()[0], "prices."+symbols()[1], "prices."+symbols()[2])
	defer sub.Close()
	if err := sub.PSubscribe(ctx, "prices.*"); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = sub.Close() }) // a read does not end with ctx
	defer stop()
	for {
		if _, err := sub.Receive(ctx); err != nil {
			return err
		}
	}
}

// The leaderboard and its bound.
const (
	boardSellers = "leaderboard:sellers"
	maxSellers   = 100
)

// scoreSellers gives sellers their points and keeps what a shop front keeps in Redis beside
// them: a session of each seller and cached products.
func (s *shop) scoreSellers(ctx context.Context) error {
	db := s.openRedis("sales-board")
	defer db.Close()
	return each(ctx, s.sales, func(v *sale) error {
		pipe := db.Pipeline()
		pipe.ZIncrBy(ctx, boardSellers, float64(v.points), v.seller)
		pipe.ZRemRangeByRank(ctx, boardSellers, 0, -maxSellers-1)
		session := "session:" + s.token(v.seller)
		pipe.HSet(ctx, session, "seller", v.seller, "last_points", v.points, "seen", time.Now().Unix())
		pipe.Expire(ctx, session, 10*time.Minute)
		sku := goods()[v.points%int64(len(goods()))]
		pipe.Set(ctx, "cache:product:"+sku, `{"sku":"`+sku+`","in_stock":true}`, 5*time.Minute)
		_, err := pipe.Exec(ctx)
		return err
	})
}
