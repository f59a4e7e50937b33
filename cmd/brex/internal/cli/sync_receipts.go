package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/mirror"
)

// syncReceipts downloads the receipts of the expenses in a copy that the directory does not have. A failure of one stops no other.
func (a *App) syncReceipts(ctx context.Context, s *session, sink mirror.Sink, company, dir string) (err error) {
	d := &downloader{s: s, dir: dir}
	if err := d.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.manifest.Close()) }()
	missing, err := d.missing(ctx, sink, company)
	if err != nil {
		return err
	}
	s.progress.count("receipts", 0)
	for _, id := range missing {
		e, err := s.Expenses.Get(ctx, id, brex.ExpenseGetParams{Expand: []string{"receipts.download_uris", "merchant", "user"}})
		switch {
		case errors.Is(err, brex.ErrNotFound): // it is gone
			continue
		case err != nil:
			return err
		}
		if err := d.expense(ctx, a, e); err != nil {
			return err
		}
	}
	return d.outcome(a)
}

// missing are the expenses of a copy that have a receipt which the directory lacks. Files are known by their size: to read all of them in
// each run would take long.
func (d *downloader) missing(ctx context.Context, sink mirror.Sink, company string) (ids []string, err error) {
	here := map[string]bool{} // expense and receipt
	for _, e := range d.have {
		info, err := os.Stat(filepath.Join(d.dir, e.File))
		here[e.Expense+" "+e.Receipt] = err == nil && info.Size() == e.Size
	}
	all := mirror.Tables()
	stream, err := sink.Begin(ctx, company, all[slices.IndexFunc(all, func(t *mirror.Table) bool { return t.Name == "expenses" })])
	if err != nil {
		return nil, err
	}
	for stored, err := range stream.Holding(ctx, `"receipts"`) {
		if err != nil {
			return nil, err
		}
		var e struct {
			ID       string
			Receipts []struct{ ID string }
		}
		if err := json.Unmarshal(stored.Raw, &e); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(e.Receipts, func(r struct{ ID string }) bool { return !here[e.ID+" "+r.ID] }) {
			ids = append(ids, e.ID)
		}
	}
	return ids, nil
}
