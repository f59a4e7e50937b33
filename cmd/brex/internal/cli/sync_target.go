package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
	"github.com/brex-go/sdk/brex/mirror/postgres"
	"github.com/brex-go/sdk/brex/mirror/sqlite"
)

// target is where a copy is kept.
type target struct {
	to     string
	format string
}

const targetVariable = "BREX_SYNC_TO"

func (t *target) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.to, "to", "", "where: sqlite:FILE, postgres:DSN or dir:PATH (default "+targetVariable+", or sqlite:brex.db)")
	cmd.Flags().StringVar(&t.format, "format", string(file.JSONL), "of the files of dir: csv, jsonl or parquet")
	complete(cmd, "format", formatNames())
}

func formatNames() (names []string) {
	for _, f := range file.Formats() {
		names = append(names, string(f))
	}
	return names
}

// split is the kind of the target and its place.
func (t *target) split(getenv func(string) string) (kind, place string, err error) {
	to := t.to
	if to == "" {
		to = getenv(targetVariable)
	}
	if to == "" {
		to = "sqlite:brex.db"
	}
	kind, place, ok := strings.Cut(to, ":")
	switch {
	case ok && (kind == "postgres" || kind == "postgresql"):
		if strings.HasPrefix(place, "//") {
			place = to
		}
		return "postgres", place, nil // an empty one means PGHOST and so on
	case ok && place != "" && (kind == "sqlite" || kind == "dir"):
		return kind, place, nil
	}
	return "", "", usagef("--to must be sqlite:FILE, postgres:DSN or dir:PATH") // and not shown: it may hold a password
}

// openWith opens the sink, making it where it is missing.
func (t *target) openWith(ctx context.Context, getenv func(string) string) (mirror.Sink, error) {
	kind, place, err := t.split(getenv)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "sqlite":
		return sqlite.Open(place)
	case "postgres":
		return postgres.Open(ctx, place)
	}
	return file.Open(place, file.Format(t.format))
}

// existing opens a sink that must be there.
func (t *target) existing(ctx context.Context, getenv func(string) string) (mirror.Sink, error) {
	kind, place, err := t.split(getenv)
	if err != nil {
		return nil, err
	}
	if kind != "postgres" {
		if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("there is no copy at %s; make one with brex sync --to %s:%s", place, kind, place)
		}
	}
	if kind == "dir" {
		t.format = formatOf(place, t.format)
	}
	return t.openWith(ctx, getenv)
}

// formatOf is the format that the files in a folder have.
func formatOf(dir, otherwise string) string {
	for _, f := range file.Formats() {
		if sink, err := file.Open(dir, f); err == nil {
			_ = sink.Close() // it was only looked at
			return string(f)
		}
	}
	return otherwise
}
