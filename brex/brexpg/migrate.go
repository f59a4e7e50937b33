package brexpg

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migration is one step in the making of this package's tables.
type Migration struct {
	Version int       // from 1, without gaps
	Name    string    // such as "limiter"
	Applied time.Time // zero when it is not applied
}

// Migrate applies what is missing of the package's tables, all or nothing, and returns the steps that
// it applied. Of several processes that call it at once, one does the work and the others wait. It
// fails when the database has steps that this version of the package does not know.
func Migrate(ctx context.Context, pool *pgxpool.Pool) (applied []Migration, err error) {
	// Whatever the default is: with another isolation it would not see what was done while it waited.
	err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}, func(tx pgx.Tx) error {
		const prepare = `SELECT pg_advisory_xact_lock(7305814, 1);
			CREATE TABLE IF NOT EXISTS brex_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`
		if _, err := tx.Exec(ctx, prepare); err != nil {
			return err
		}
		steps, err := status(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range steps {
			if !m.Applied.IsZero() {
				continue
			}
			sql, err := fs.ReadFile(migrations, fmt.Sprintf("migrations/%03d_%s.sql", m.Version, m.Name))
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, string(sql)); err != nil {
				return fmt.Errorf("%03d %s: %w", m.Version, m.Name, err)
			}
			const note = `INSERT INTO brex_migrations (version, name) VALUES ($1, $2) RETURNING applied_at`
			if err := tx.QueryRow(ctx, note, m.Version, m.Name).Scan(&m.Applied); err != nil {
				return err
			}
			applied = append(applied, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("brexpg: Migrate: %w", err)
	}
	return applied, nil
}

// Status returns all steps, those that are not applied with a zero time. It changes nothing.
func Status(ctx context.Context, pool *pgxpool.Pool) (steps []Migration, err error) {
	err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		steps, err = status(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("brexpg: Status: %w", err)
	}
	return steps, nil
}

func status(ctx context.Context, tx pgx.Tx) (steps []Migration, err error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		version, name, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(name, "migrations/"), ".sql"), "_")
		n, err := strconv.Atoi(version)
		if err != nil || n != len(steps)+1 {
			return nil, fmt.Errorf("the file %s_%s.sql is out of order", version, name)
		}
		steps = append(steps, Migration{Version: n, Name: name})
	}
	var there bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass('brex_migrations') IS NOT NULL`).Scan(&there); err != nil || !there {
		return steps, err
	}
	rows, err := tx.Query(ctx, `SELECT version, name, applied_at FROM brex_migrations ORDER BY version`)
	if err != nil {
		return nil, err
	}
	done, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Migration])
	if err != nil {
		return nil, err
	}
	for i, m := range done {
		if i >= len(steps) || steps[i].Version != m.Version || steps[i].Name != m.Name {
			return nil, fmt.Errorf("the database has step %d %q, which this version of the package does not know", m.Version, m.Name)
		}
		steps[i] = m
	}
	return steps, nil
}
