package service

import (
	"context"
	"sync"
)

// company is what the invocations of one instance have in common: the instances
// at work count it once, however many invocations there are at a time.
type company struct {
	mu    sync.Mutex
	works int
	leave func() // ends the count
}

// inCompany does some work while the instances at work count each other.
func (s *Service) inCompany(ctx context.Context, work func(context.Context)) {
	s.company.enter(context.WithoutCancel(ctx), s.peers)
	defer s.company.exit()
	work(ctx)
}

// enter begins some work, and the count with the first.
func (c *company) enter(ctx context.Context, peers []func(context.Context)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.works++
	if c.works > 1 {
		return
	}
	counting, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, run := range peers {
		running.Go(func() { run(counting) })
	}
	c.leave = func() {
		stop()
		running.Wait()
	}
}

// exit ends some work, and the count with the last.
func (c *company) exit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.works--
	if c.works == 0 {
		c.leave()
	}
}
