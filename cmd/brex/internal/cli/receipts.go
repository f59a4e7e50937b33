package cli

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/operations"
)

func (a *App) receipts() *cobra.Command {
	return group("receipts", nounShorts["receipts"], newReceiptsUpload(a, nil), newReceiptsMatch(a, nil), newReceiptsDownload(a, nil))
}

// uploadOptions are what upload and match are told.
type uploadOptions struct {
	file    string
	expense string // empty for Brex to find it
}

// newReceiptsUpload attaches a file to an expense.
func newReceiptsUpload(a *App, run func(context.Context, *uploadOptions) error) *cobra.Command {
	o := &uploadOptions{}
	if run == nil {
		run = func(ctx context.Context, o *uploadOptions) error { return uploadRun(ctx, a, o) }
	}
	return calls(&cobra.Command{Use: "upload FILE [EXPENSE]", Short: "Attach a file to a card expense, or let Brex find the expense",
		Long: `Attach a receipt to a card expense. Without the id of an expense, Brex looks for the one that fits, as
brex receipts match does.`,
		Example: `  brex receipts upload lunch.pdf expense_cl3khzfnr00000k92bdjtmmes
  brex receipts upload lunch.pdf`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usagef("%q needs a file, and may have the id of an expense", words(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			if len(args) == 2 {
				o.expense = args[1]
			}
			return run(cmd.Context(), o)
		}}, operations.ReceiptUpload)
}

// newReceiptsMatch hands Brex a file whose expense it is to find.
func newReceiptsMatch(a *App, run func(context.Context, *uploadOptions) error) *cobra.Command {
	o := &uploadOptions{}
	if run == nil {
		run = func(ctx context.Context, o *uploadOptions) error { return uploadRun(ctx, a, o) }
	}
	return calls(&cobra.Command{Use: "match FILE", Short: "Hand Brex a receipt whose expense it is to find",
		Long:    paragraphs("Hand Brex a receipt whose expense it is to find. Whether and where it fits is seen on the expenses later."),
		Example: "  brex receipts match lunch.pdf",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("%q needs a file", words(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return run(cmd.Context(), o)
		}}, operations.ReceiptMatch)
}

// uploaded is a file that arrived, as JSON.
type uploaded struct {
	ID          string `json:"id"`
	File        string `json:"file"`
	Expense     string `json:"expense_id,omitempty"`
	Size        int64  `json:"size"`
	ContentType string `json:"content_type"`
}

var uploadedColumns = []output.Column[uploaded]{
	output.ID("id", func(u uploaded) string { return u.ID }),
	output.Text("file", func(u uploaded) string { return u.File }),
	output.ID("expense_id", func(u uploaded) string { return u.Expense }),
	output.Text("content_type", func(u uploaded) string { return u.ContentType }),
}

func uploadRun(ctx context.Context, a *App, o *uploadOptions) error {
	s, err := a.connect()
	if err != nil {
		return err
	}
	file := brex.FileFromPath(o.file)
	var up *brex.Upload
	if o.expense == "" {
		up, err = s.Receipts.Match(ctx, file)
	} else {
		up, err = s.Receipts.Upload(ctx, o.expense, file)
	}
	if err != nil {
		return err
	}
	u := uploaded{ID: up.ID, File: o.file, Expense: o.expense, Size: up.Size, ContentType: up.ContentType}
	raw, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return printObject(a, uploadedColumns, u, raw)
}
