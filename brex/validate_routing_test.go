package brex

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRoutingChecksum: any one digit that is mistyped is noticed, and nearly all neighbours that are swapped.
func TestRoutingChecksum(t *testing.T) {
	for _, valid := range []string{"021000021", "121000248", "026009593", "322271627", "111000025", "211179322"} {
		require.True(t, routingChecksum(valid), valid)
		for i := range valid {
			for d := byte('0'); d <= '9'; d++ {
				if d != valid[i] {
					require.False(t, routingChecksum(valid[:i]+string(d)+valid[i+1:]), "%s with %c at %d", valid, d, i)
				}
			}
		}
	}
}
