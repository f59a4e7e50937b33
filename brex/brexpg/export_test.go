package brexpg

import (
	"context"

	"github.com/brex-go/sdk/brex/payout"
)

// Unlock ends the lock of a holder whose connection stays.
func Unlock(ctx context.Context, l payout.LockedJournal) error {
	_, err := l.(*locked).conn.Exec(ctx, `SELECT pg_advisory_unlock_all()`)
	return err
}
