package shop

import (
	"context"
	"time"
)

// service is one program of the shop. It works until its connection breaks or ctx ends.
type service struct {
	name string
	work func(ctx context.Context) error
}

func (s *Shop) services() []service {
	return append(s.brokerServices(), s.redisServices()...)
}

// brokerServices are those that speak to RabbitMQ, some of them to Redis too.
func (s *Shop) brokerServices() []service {
	return []service{
		{"storefront", s.sellOrders},
		{"checkout", s.askQuotes},
		{"stock-desk", s.answerQuotes},
		{"billing", s.billOrders},
		{"shipping", s.shipOrders},
		{"invoicer-a", s.writeInvoices("invoicer-a")},
		{"invoicer-b", s.writeInvoices("invoicer-b")},
		{"mail-gateway", s.settle("mail-gateway", queueEmail, 200*time.Millisecond)},
		{"sms-gateway", s.settle("sms-gateway", queueSMS, 500*time.Millisecond)},
		{"warehouse-screen", s.settle("warehouse-screen", queueWarehouse, 100*time.Millisecond)},
		{"vip-desk", s.settle("vip-desk", queueVIP, 700*time.Millisecond)},
		{"status-screen", s.watchEvents},
		{"auditor", s.followAudit},
		{"clickstream", s.publishClicks},
		{"click-counter", s.countClicks},
		{"operations", s.keepPolicy},
	}
}

// redisServices are those that speak to Redis only.
func (s *Shop) redisServices() []service {
	return []service{
		{"ledger", s.keepLedger},
		{"fraud-check", s.checkFraud},
		{"price-feed", s.publishPrices},
		{"price-board", s.watchPrices},
		{"sales-board", s.scoreSellers},
		{"web", s.serveVisits},
		{"job-planner", s.planJobs},
		{"thumbnailer", s.makeThumbnails},
		{"image-worker", s.workImages},
		{"mailer", s.sendMails},
		{"couriers", s.deliverOrders},
		{"stocktaker", s.countStock},
		{"reporter", s.writeReport},
	}
}
