package cli

import (
	"time"

	"github.com/spf13/cobra"
)

// monthFlag is a month, such as 2026-10, from its first to its last moment in UTC.
type monthFlag struct{ start, end time.Time }

func (v *monthFlag) String() string { return "" }
func (v *monthFlag) Type() string   { return "month" }
func (v *monthFlag) Set(text string) error {
	start, err := time.Parse("2006-01", text)
	if err != nil {
		return badValue("must be a month, such as 2026-10")
	}
	v.start, v.end = start, start.AddDate(0, 1, 0).Add(-time.Millisecond)
	return nil
}

// monthOf adds --month to a list, in place of two other flags.
func monthOf(cmd *cobra.Command, start, end string) func() error {
	return monthFlags(cmd, &monthFlag{}, start, end)
}

// monthFlags adds --month, which sets the flags named start and end; end is "" where the list has none. The function that it
// returns does so once the flags are parsed.
func monthFlags(cmd *cobra.Command, month *monthFlag, start, end string) func() error {
	cmd.Flags().Var(month, "month", "only this `month`, such as 2026-10, in UTC")
	return func() error {
		if month.start.IsZero() {
			return nil
		}
		for flag, day := range map[string]time.Time{start: month.start, end: month.end} {
			switch {
			case flag == "":
				continue
			case cmd.Flags().Changed(flag):
				return usagef("--month and --%s exclude each other", flag)
			}
			if err := cmd.Flags().Set(flag, day.Format(time.DateOnly)); err != nil {
				return err
			}
		}
		return nil
	}
}
