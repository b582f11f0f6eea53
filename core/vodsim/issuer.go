package vodsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// issuer makes identifiers: none twice within a server, and those of one start
// unlike those of the next.
type issuer struct {
	seed int64
	n    uint64
}

// hex returns 32 hex digits, led by a letter: a job ID must not be mistaken
// for the number of a CDN task.
func (i *issuer) hex() string {
	i.n++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", i.seed, i.n))
	return "c" + hex.EncodeToString(sum[:16])[1:]
}

// number returns the next ten-digit number.
func (i *issuer) number() string {
	i.n++
	return strconv.FormatUint(1_460_400_000+i.n, 10)
}

// requestID returns an ID of the form that RequestId has.
func (s *Server) requestID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.issued.hex()
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
