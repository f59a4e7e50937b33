package ddl

import (
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
)

// Known is what a sink holds of a row before a commit.
type Known struct {
	Content int64     // Row.Content
	Version time.Time // of the last change, zero where that is unknown
	Deleted bool
}

// Judge counts a row of a batch in c. It reports whether the row has to be written, and if so, whether it says the same as before.
// A row that has not changed, or was read before the stored one changed, need not be.
func Judge(b *mirror.Batch, row *mirror.Row, old Known, there bool, c *mirror.Changes) (write, same bool) {
	there = there && !old.Deleted
	equal := old.Content == row.Content()
	switch {
	case there && (equal || !row.Version.IsZero() && row.Version.Before(old.Version)):
		c.Same++
		return b.Rewrite && equal, true
	case there:
		c.Changed++
	default:
		c.Added++
	}
	return true, false
}

// KeyText is a key as one string, for maps.
func KeyText(key []string) string { return strings.Join(key, "\x00") }
