package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
)

// filesNote marks a command that writes CSV into files, whatever it prints.
const filesNote = "files"

func (a *App) export() *cobra.Command {
	format, dir, month := string(file.CSV), "", ""
	var from, until timeFlag
	var since, before time.Time
	from.into, until.into, until.end = &since, &before, true
	cmd := &cobra.Command{
		Use:         "export STREAM...",
		Short:       "Write whole lists to files, once",
		Annotations: map[string]string{filesNote: "true"},
		Long: `Write whole lists to files, once: one file for each table, such as expenses.csv, which has its name when
it is whole. CSV has exact major units and no secrets; jsonl and parquet have minor units in columns
named _minor. --from, --until and --month choose rows by their own time: expenses by purchase,
transactions and statements by day; lists without one, like users, are whole.

Exit codes: 0 done, 5 some streams were not read because the token may not, 1 some streams failed.`,
		Example: `  brex export expenses users departments --to ./october --month 2026-10
  brex export card_transactions --format parquet --to . --from 2026-01-01
  brex export expenses --sandbox --to /tmp --csv-excel`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("name the streams to export; there are %s", strings.Join(streamNames(), ", "))
			}
			if dir == "" {
				return usagef("--to is missing: the folder for the files")
			}
			if format != string(file.CSV) && (a.flags.rawCSV || a.flags.excelCSV) {
				return usagef("--csv-formulas and --csv-excel are about CSV: leave out --format %s", format)
			}
			s, err := a.connect()
			if err != nil {
				return err
			}
			opts := []mirror.Option{mirror.WithClock(s.now), mirror.WithObserver(a.progress.mirror)}
			start, end, err := exportRange(from, until, month, s.now())
			if err != nil {
				return err
			}
			if !end.IsZero() {
				opts = append(opts, mirror.WithRange(start, end))
			}
			var fileOpts []file.Option
			if a.flags.rawCSV {
				fileOpts = append(fileOpts, file.Unguarded())
			}
			if a.flags.excelCSV {
				fileOpts = append(fileOpts, file.Excel())
			}
			sink, err := file.NewExport(dir, file.Format(format), fileOpts...)
			if err != nil {
				return usagef("%s", strings.TrimPrefix(err.Error(), "mirror/file: "))
			}
			m, err := mirror.New(s.Client, sink, opts...)
			if err != nil {
				return usagef("%s", strings.TrimPrefix(err.Error(), "mirror: "))
			}
			report, err := m.Run(cmd.Context(), args...)
			err = errors.Join(err, sink.Close())
			if report.Company == "" {
				return err
			}
			return a.syncResult(report, err)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "csv, jsonl or parquet")
	cmd.Flags().StringVar(&dir, "to", "", "`folder` for the files, which is made where it is missing")
	cmd.Flags().Var(&from, "from", "only rows from this time on")
	cmd.Flags().Var(&until, "until", "only rows up to this time; a day is included")
	cmd.Flags().StringVar(&month, "month", "", "only rows of this `month`, such as 2026-10")
	_ = cmd.MarkFlagDirname("to") // fails on an unknown flag only
	complete(cmd, "format", formatNames())
	cmd.ValidArgs = streamNames()
	return cmd
}

// exportRange is the time that the flags choose, zero for all.
func exportRange(from, until timeFlag, month string, now time.Time) (start, end time.Time, err error) {
	if month != "" {
		if from.text != "" || until.text != "" {
			return start, end, usagef("--month does not go with --from and --until")
		}
		start, err = time.Parse("2006-01", month)
		if err != nil {
			return start, end, usagef("--month %q is not a month like 2026-10", month)
		}
		return start, start.AddDate(0, 1, 0), nil
	}
	if from.text == "" && until.text == "" {
		return start, end, nil
	}
	start, end = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), now.AddDate(1, 0, 0)
	if from.text != "" {
		start = from.resolve(now)
	}
	if until.text != "" {
		end = until.resolve(now).Add(time.Millisecond)
	}
	if !start.Before(end) {
		return start, end, usagef("--from must be before --until")
	}
	return start, end, nil
}
