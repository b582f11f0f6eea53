package upload

// Remembered is how many videos an issuer remembers, and how many answers.
func (i *Issuer) Remembered() (videos, answers int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, v := range i.videos {
		answers += len(v.flights)
	}
	return len(i.videos), answers
}
