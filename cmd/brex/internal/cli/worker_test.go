package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWorkerUsage(t *testing.T) {
	const to = "postgres:host=/nowhere user=brex password=hunter2 dbname=books"
	for _, test := range []struct {
		want string
		args []string
	}{
		{"--to must be postgres:DSN, such as", []string{"pg", "status"}},
		{"--to must be postgres:DSN, such as", []string{"pg", "migrate", "--to", "sqlite:books.db"}},
		{"is not a connection string like", []string{"pg", "migrate", "--to", "postgres://brex:hunter2@host:port/books"}},
		{"is too short; give at least 1m, or 0", []string{"worker", "--to", to, "--every", "1s"}},
		{"nothing to do without --payouts", []string{"worker", "--to", to, "--every", "0"}},
		{"--payouts needs --company", []string{"worker", "--to", to, "--payouts"}},
		{"exclude each other", []string{"worker", "--to", to, "--every", "0", "--payouts", "--company", "c", "--streams", "users"}},
		{"--jobs 0: give at least 1", []string{"worker", "--to", to, "--jobs", "0"}},
		{"is a list of", []string{"worker", "--to", to, "--streams", "people"}},
		{"nothing was sent", []string{"worker", "--to", to, "--payouts", "--company", "other"}},
		{"--payouts and --read-only exclude", []string{"worker", "--to", to, "--payouts", "--company", "c", "--read-only"}},
		{"--enqueue and --read-only exclude", []string{"payouts", "run", "3f2a", "--to", to, "--enqueue", "--read-only"}},
		{"--to must be postgres:DSN", []string{"payouts", "list", "--to", "books.db"}},
		{"--dir and --to exclude each other", []string{"payouts", "list", "--to", to, "--dir", "runs"}},
		{"--enqueue needs --to", []string{"payouts", "run", "3f2a", "--dir", t.TempDir(), "--enqueue"}},
		{"exclude each other", []string{"payouts", "run", "3f2a", "--to", to, "--enqueue", "--resend-absent", "1"}},
	} {
		text := sandbox(t, test.args...).fails(t, exitUsage)
		require.Contains(t, text, test.want)
		require.NotContains(t, text, "hunter2")
	}
	for _, args := range [][]string{{"pg", "status", "--to", to}, {"worker", "--to", to}, {"payouts", "list", "--to", to}} {
		r := sandbox(t, args...)
		require.Equal(t, exitFailure, r.code, r.err)
		require.Contains(t, r.err, "failed to connect")
		require.NotContains(t, r.err, "hunter2")
	}
}
