package cli

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
)

// downloadOptions are what download is told.
type downloadOptions struct {
	dir      string
	from, to time.Time // of purchase; zero for no bound
	expenses []string  // none for all of the time
}

// newReceiptsDownload writes receipts into a directory.
func newReceiptsDownload(a *App, run func(context.Context, *downloadOptions) error) *cobra.Command {
	o := &downloadOptions{}
	var month monthFlag
	if run == nil {
		run = func(ctx context.Context, o *downloadOptions) error { return downloadRun(ctx, a, o) }
	}
	cmd := &cobra.Command{Use: "download --to DIR [EXPENSE...]", Short: "Download the receipts of a month, or of expenses",
		Long: paragraphs(`Download receipts into a directory, with names that say day, person, merchant and amount. manifest.jsonl there
has a line for each file with its expense, its size and its SHA-256. Run again, the command downloads only what is missing or
was changed since. The token is never sent to the host that keeps the files.`),
		Example: `  brex receipts download --month 2026-10 --to receipts
  brex receipts download --to receipts expense_cl3khzfnr00000k92bdjtmmes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.expenses, o.from, o.to = args, month.start, month.end
			switch {
			case o.dir == "":
				return usagef("%q needs --to, the directory to write into", words(cmd))
			case month.start.IsZero() == (len(args) == 0):
				return usagef("%q needs either --month, such as 2026-10, or the ids of expenses", words(cmd))
			}
			return run(cmd.Context(), o)
		}}
	cmd.Flags().Var(&month, "month", "receipts of purchases in this `month`, such as 2026-10, in UTC")
	cmd.Flags().StringVar(&o.dir, "to", "", "the `directory` to write into; it is made where it does not exist")
	_ = cmd.MarkFlagDirname("to") // fails on an unknown flag only
	return cmd
}

// receiptEntry is a line of the manifest.
type receiptEntry struct {
	Expense     string `json:"expense_id"`
	Receipt     string `json:"receipt_id"`
	Link        int    `json:"link"`
	File        string `json:"file"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256"`
	ContentType string `json:"content_type,omitempty"`
	PurchasedAt string `json:"purchased_at,omitempty"`
}

func (e receiptEntry) key() string { return fmt.Sprintf("%s/%s/%d", e.Expense, e.Receipt, e.Link) }

const manifestName = "manifest.jsonl"

// downloader writes receipts into a directory.
type downloader struct {
	s        *session
	dir      string
	have     map[string]receiptEntry // by key
	manifest *os.File

	fetched, present, failed int
	firstErr                 error
}

func downloadRun(ctx context.Context, a *App, o *downloadOptions) (err error) {
	s, err := a.connect()
	if err != nil {
		return err
	}
	d := &downloader{s: s, dir: o.dir}
	if err := d.open(); err != nil {
		return err
	}
	defer func() {
		if closeErr := d.manifest.Close(); err == nil {
			err = closeErr
		}
	}()
	s.progress.count("receipts", 0)
	expand := []string{"receipts.download_uris", "merchant", "user"}
	each := func(e *brex.Expense, err error) error {
		if err != nil {
			return err
		}
		return d.expense(ctx, a, e)
	}
	for _, id := range o.expenses {
		if err := each(s.Expenses.Get(ctx, id, brex.ExpenseGetParams{Expand: expand})); err != nil {
			return err
		}
	}
	if len(o.expenses) == 0 {
		p := brex.ExpenseListParams{Expand: expand, PurchasedAtStart: o.from, PurchasedAtEnd: o.to}
		for e, err := range s.Expenses.All(ctx, p) {
			if err := each(&e, err); err != nil {
				return err
			}
		}
	}
	a.note("%d receipt(s) downloaded, %d were there already", d.fetched, d.present)
	switch {
	case d.failed > 0 && d.fetched+d.present == 0:
		return fmt.Errorf("none of %d receipts could be downloaded; the first: %w", d.failed, d.firstErr)
	case d.failed > 0:
		return partlyError{fmt.Sprintf("%d receipts could not be downloaded; run it again for these; the first: %s", d.failed,
			strings.TrimPrefix(d.firstErr.Error(), "brex: "))}
	}
	return nil
}

// open makes the directory and reads the manifest. A last line that was cut off by a crash is dropped.
func (d *downloader) open() error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	d.have = map[string]receiptEntry{}
	name := filepath.Join(d.dir, manifestName)
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	whole := 0
	for line := range strings.Lines(string(text)) {
		var e receiptEntry
		if !strings.HasSuffix(line, "\n") {
			break
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.File != filepath.Base(e.File) {
			return usagef("%s is not a manifest of this command; name another directory", name)
		}
		d.have[e.key()] = e
		whole += len(line)
	}
	if d.manifest, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if err := d.manifest.Truncate(int64(whole)); err != nil {
		return err
	}
	_, err = d.manifest.Seek(0, io.SeekEnd)
	return err
}

// expense downloads the receipts of one expense. A failure of one file stops no other; one of the disk stops all.
func (d *downloader) expense(ctx context.Context, a *App, e *brex.Expense) error {
	for _, r := range e.Receipts {
		for link := range r.DownloadURIs {
			d.s.progress.step()
			entry := receiptEntry{Expense: e.ID, Receipt: r.ID, Link: link}
			if !e.PurchasedAt.IsZero() {
				entry.PurchasedAt = e.PurchasedAt.UTC().Format(time.RFC3339Nano)
			}
			if d.intact(entry.key()) {
				d.present++
				continue
			}
			err := d.fetch(ctx, e, entry)
			var api *brex.Error
			switch {
			case err == nil:
				d.fetched++
			case ctx.Err() != nil:
				return err
			case errors.Is(err, brex.ErrDownload), errors.As(err, &api):
				if d.failed++; d.firstErr == nil {
					d.firstErr = err
				}
				a.note("receipt %s of %s: %s", r.ID, e.ID, strings.TrimPrefix(err.Error(), "brex: "))
			default:
				return err
			}
		}
	}
	return nil
}

// intact reports whether a file is there as the manifest has it.
func (d *downloader) intact(key string) bool {
	e, ok := d.have[key]
	if !ok {
		return false
	}
	f, err := os.Open(filepath.Join(d.dir, e.File))
	if err != nil {
		return false
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, bufio.NewReader(f))
	return err == nil && n == e.Size && hex.EncodeToString(sum.Sum(nil)) == e.SHA256
}

// fetch writes one file, as a whole or not at all, and then its line of the manifest.
func (d *downloader) fetch(ctx context.Context, e *brex.Expense, entry receiptEntry) (err error) {
	part, err := os.CreateTemp(d.dir, ".part-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name()) // the failure that counts is the first
		}
	}()
	file, err := d.s.Receipts.Download(ctx, entry.Expense, entry.Receipt, entry.Link, part)
	if err == nil {
		err = part.Sync()
	}
	if closeErr := part.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	entry.Size, entry.SHA256, entry.ContentType = file.Size, file.SHA256, file.ContentType
	entry.File = receiptName(e, entry)
	if err = os.Rename(part.Name(), filepath.Join(d.dir, entry.File)); err != nil {
		return err
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	if _, err = d.manifest.Write(append(line, '\n')); err != nil {
		return err
	}
	d.have[entry.key()] = entry
	return d.manifest.Sync()
}

// receiptName is the name of a file: day, person, merchant and amount for people, the ids' ends so that no two share one.
func receiptName(e *brex.Expense, entry receiptEntry) string {
	var parts []string
	add := func(s string) {
		if s = fileWord(s); s != "" {
			parts = append(parts, s)
		}
	}
	add(e.PurchasedAt.UTC().Format(time.DateOnly))
	if e.User != nil {
		add(e.User.FirstName + " " + e.User.LastName)
	}
	if e.Merchant != nil {
		add(e.Merchant.RawDescriptor)
	}
	if e.PurchasedAmount != nil {
		add(strings.ReplaceAll(e.PurchasedAmount.String(), " ", ""))
	}
	sum := sha256.Sum256([]byte(entry.key()))
	add(hex.EncodeToString(sum[:6]))
	return strings.Join(parts, "_") + extension(entry.ContentType)
}

// fileWord is a string as a part of a file's name, on every system.
func fileWord(s string) string {
	const most = 40 // characters
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return '-'
	}, strings.TrimSpace(s))
	for strings.Contains(s, "--") {
		s = strings.ReplaceAll(s, "--", "-")
	}
	return strings.Trim(s[:min(most, len(s))], "-.")
}

// extensions are those of the types that Brex accepts; the table of the system differs between machines.
var extensions = map[string]string{"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/heic": ".heic",
	"image/webp": ".webp", "text/plain": ".txt"}

func extension(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return extensions[media]
}
