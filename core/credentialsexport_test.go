package core

// Remembered is how many videos credentials remember, and how many answers.
func (c *Credentials) Remembered() (videos, answers int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.videos {
		answers += len(v.flights)
	}
	return len(c.videos), answers
}
