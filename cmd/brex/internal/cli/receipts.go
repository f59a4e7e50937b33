package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

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
	write   writeOptions
}

// uploadCommand finishes upload and match.
func uploadCommand(a *App, cmd *cobra.Command, op *brex.Operation, most int, run func(context.Context, *uploadOptions) error) *cobra.Command {
	o := &uploadOptions{}
	if run == nil {
		run = func(ctx context.Context, o *uploadOptions) error { return uploadRun(ctx, a, o) }
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) >= 1 && len(args) <= most:
			return nil
		case most == 1:
			return usagef("%q needs a file", words(cmd))
		}
		return usagef("%q needs a file, and may have the id of an expense", words(cmd))
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.file = args[0]
		if len(args) == 2 {
			o.expense = args[1]
		}
		return run(cmd.Context(), o)
	}
	o.write.bind(cmd, op)
	return calls(cmd, op)
}

// newReceiptsUpload attaches a file to an expense.
func newReceiptsUpload(a *App, run func(context.Context, *uploadOptions) error) *cobra.Command {
	return uploadCommand(a, &cobra.Command{Use: "upload FILE [EXPENSE]", Short: "Attach a file to a card expense, or let Brex find the expense",
		Long: `Attach a receipt to a card expense. Without the id of an expense, Brex looks for the one that fits, as
brex receipts match does.`,
		Example: `  brex receipts upload lunch.pdf expense_cl3khzfnr00000k92bdjtmmes
  brex receipts upload lunch.pdf`}, operations.ReceiptUpload, 2, run)
}

// newReceiptsMatch hands Brex a file whose expense it is to find.
func newReceiptsMatch(a *App, run func(context.Context, *uploadOptions) error) *cobra.Command {
	return uploadCommand(a, &cobra.Command{Use: "match FILE", Short: "Hand Brex a receipt whose expense it is to find",
		Long:    paragraphs("Hand Brex a receipt whose expense it is to find. Whether and where it fits is seen on the expenses later."),
		Example: "  brex receipts match lunch.pdf"}, operations.ReceiptMatch, 1, run)
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

// announcement is the request by which Brex gives an address for the file.
func (o *uploadOptions) announcement() *request {
	body := map[string]any{"receipt_name": filepath.Base(o.file)}
	if o.expense == "" {
		return &request{op: operations.ReceiptMatch, params: map[string]any{}, body: body, write: o.write}
	}
	return &request{op: operations.ReceiptUpload, params: map[string]any{"expense_id": o.expense}, body: body, write: o.write}
}

// uploadRun sends a file. With --dry-run it shows the request for the address: where the file then goes, only its response says.
func uploadRun(ctx context.Context, a *App, o *uploadOptions) error {
	if a.flags.curl {
		return usagef("-o curl: an upload is two requests, the second to an address that the first gives; --dry-run shows the first")
	}
	info, err := os.Stat(o.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usagef("%s: there is no such file", o.file)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return usagef("%s: is not a file", o.file)
	}
	r := o.announcement()
	s, err := a.connectFor(r)
	if err != nil {
		return err
	}
	p, err := r.prepare(ctx, s, o.write.key)
	if err != nil {
		return err
	}
	if o.write.dryRun {
		a.note("then %s (%d bytes) goes to the address in the response", o.file, info.Size())
		return a.showRequest(s, p, o.write.key)
	}
	if err := a.allow(ctx, s, &o.write, []*brex.Prepared{p}); err != nil {
		return err
	}
	file, key := brex.FileFromPath(o.file), brex.WithIdempotencyKey(p.Key)
	var up *brex.Upload
	if o.expense == "" {
		up, err = s.Receipts.Match(ctx, file, key)
	} else {
		up, err = s.Receipts.Upload(ctx, o.expense, file, key)
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
