package oss

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// issuer makes identifiers and keys: none twice within a server, and those of
// one start unlike those of the next. They protect nothing but a simulation.
type issuer struct {
	seed int64
	n    uint64
}

// token returns n upper-case hex digits.
func (i *issuer) token(n int) string {
	var b strings.Builder
	for b.Len() < n {
		i.n++
		sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", i.seed, i.n))
		b.WriteString(hex.EncodeToString(sum[:]))
	}
	return strings.ToUpper(b.String()[:n])
}
