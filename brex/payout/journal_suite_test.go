package payout_test

import (
	"path/filepath"
	"testing"

	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/brex/payout/journaltest"
)

func open(path string) (payout.Journal, error) { return payout.NewFileJournal(path), nil }

func init() { journaltest.Child(open) }

func TestFileJournal(t *testing.T) {
	t.Parallel()
	journaltest.Test(t, journaltest.Suite{Open: open,
		Place: func(t testing.TB) string { return filepath.Join(t.TempDir(), "run.journal") }})
}
