//go:build !unix

package jetstream

import "os"

// lockFile cannot lock here: two servers in one folder are the operator's to avoid.
func lockFile(*os.File) error { return nil }
