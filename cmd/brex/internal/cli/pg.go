package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/brexriver"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

const pgLong = `Make the tables that several machines share in PostgreSQL, and say which of them there are: those of
package brexpg, and those of the queue River. migrate changes only what is
missing; run it once for each database, and again after an update of this program. A copy makes its
tables itself.

--to postgres: alone takes the address, the user and the password from PGHOST, PGUSER, PGPASSWORD and
so on, which keeps a password out of the list of processes.`

const toPostgres = "the database, postgres:DSN (default " + targetVariable + ")"

func (a *App) pg() *cobra.Command {
	var to target
	migrate := &cobra.Command{
		Use:   "migrate",
		Short: "Make what is missing of the shared tables",
		Example: `  brex pg migrate --to postgres:"host=db user=brex dbname=books"
  brex pg migrate --to postgres:`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pool, err := a.pool(cmd.Context(), to)
			if err != nil {
				return err
			}
			_, err = brexpg.Migrate(cmd.Context(), pool)
			if err == nil {
				_, err = brexriver.Migrate(cmd.Context(), pool)
			}
			if err != nil {
				return err
			}
			return a.pgStatus(cmd.Context(), pool)
		},
	}
	status := &cobra.Command{
		Use:     "status",
		Short:   "Say which of the shared tables' versions are there",
		Example: `  brex pg status --to postgres:"host=db user=brex dbname=books"`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pool, err := a.pool(cmd.Context(), to)
			if err != nil {
				return err
			}
			return a.pgStatus(cmd.Context(), pool)
		},
	}
	cmd := group("pg", "Make the tables that several machines share in PostgreSQL", migrate, status)
	cmd.Long = pgLong
	cmd.PersistentFlags().StringVar(&to.to, "to", "", toPostgres)
	return cmd
}

// pool connects to a database. Neither it nor its errors show a password.
func (a *App) pool(ctx context.Context, to target) (*pgxpool.Pool, error) {
	kind, dsn, err := to.split(a.Getenv)
	if err != nil || kind != "postgres" {
		return nil, usagef(`--to must be postgres:DSN, such as postgres:"host=db user=brex dbname=books"`)
	}
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, usagef("what follows postgres: in --to is not a connection string like postgres://user@host/database") // and not shown
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	a.atEnd = append(a.atEnd, func(context.Context) error { pool.Close(); return nil })
	return pool, pool.Ping(ctx)
}

// step is a version of the tables of one package.
type step struct {
	Tables  string `json:"tables"`
	Version int    `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
	At      any    `json:"applied_at,omitempty"`
}

func steps(ctx context.Context, pool *pgxpool.Pool) (all []step, err error) {
	own, err := brexpg.Status(ctx, pool)
	if err != nil {
		return nil, err
	}
	for _, m := range own {
		s := step{"brex", m.Version, m.Name, !m.Applied.IsZero(), nil}
		if s.Applied {
			s.At = wire.At(m.Applied)
		}
		all = append(all, s)
	}
	river, err := brexriver.Status(ctx, pool)
	for _, m := range river {
		all = append(all, step{"river", m.Version, m.Name, m.Applied, nil})
	}
	return all, err
}

func (a *App) pgStatus(ctx context.Context, pool *pgxpool.Pool) error {
	all, err := steps(ctx, pool)
	if err != nil {
		return err
	}
	return printValues(a, stepColumns, all)
}

var stepColumns = []output.Column[step]{
	output.Text("tables", func(s step) string { return s.Tables }),
	output.Text("version", func(s step) string { return fmt.Sprint(s.Version) }),
	output.Text("name", func(s step) string { return s.Name }),
	output.Text("applied", func(s step) string { return map[bool]string{true: "yes", false: "no"}[s.Applied] }),
}

// migrated is pool for commands that need the tables.
func (a *App) migrated(ctx context.Context, to target) (*pgxpool.Pool, error) {
	pool, err := a.pool(ctx, to)
	if err != nil {
		return nil, err
	}
	all, err := steps(ctx, pool)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if !s.Applied {
			return nil, errors.New("the database lacks tables of this version; make them with brex pg migrate and the same --to")
		}
	}
	return pool, nil
}
