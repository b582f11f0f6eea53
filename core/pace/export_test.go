package pace

import "context"

// Attend is what Run does once there is work, until there is no more. The
// simulation, which is one thread, cannot wait for that as Run does.
func (p *Peers) Attend(ctx context.Context) { p.attend(ctx) }
