package brex

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/brex-go/sdk/gen/expenses"
	"github.com/brex-go/sdk/gen/operations"
)

// ErrDownload is the kind of error of a receipt that could not be fetched from the storage host.
var ErrDownload = errors.New("brex: the receipt was not downloaded")

// largestReceipt bounds what Download reads, in bytes: Brex accepts files of 50 MB.
const largestReceipt = 200 << 20

// ReceiptFile is a receipt that was downloaded.
type ReceiptFile struct {
	Size        int64  // in bytes
	SHA256      string // of the content, in hexadecimal
	ContentType string // as the storage host says; empty where it says nothing
}

// Download writes a receipt of an expense to w. An expense has its receipts in Expense.Receipts; link is the place in
// Receipt.DownloadURIs, 0 for a receipt of one file. The expense is read for links that are fresh, and once more when a link
// has expired. The storage host never sees the Brex token, nor anything that call options set; see WithUploadTransport. What
// fails there is ErrDownload, whose text has no address: whoever has it can read the receipt. w may have been written to then.
//
// It calls getExpense, GET /v1/expenses/{id}, and fetches from the storage host.
func (s *ReceiptsService) Download(ctx context.Context, expenseID, receiptID string, link int, w io.Writer, opts ...CallOption) (*ReceiptFile, error) {
	k := &call{ctx: ctx, op: operations.GetExpense, opts: optionsOf(opts)}
	var err error
	for range 2 { // the second time with a new link
		var uri string
		if uri, err = downloadURI(ctx, s.api, expenseID, receiptID, link, opts); err != nil {
			return nil, err
		}
		var file *ReceiptFile
		if file, err = s.cfg.fetch(ctx, uri, w); err == nil {
			return file, nil
		}
		if !errors.Is(err, errLinkOver) {
			break
		}
	}
	return nil, k.fail(OutcomeRefused, downloadFailed{err})
}

// downloadURI asks Brex for the link to a receipt.
func downloadURI(ctx context.Context, api *expenses.Client, expenseID, receiptID string, link int, opts []CallOption) (string, error) {
	e, err := api.GetExpense(ctx, expenseID, ExpenseGetParams{Expand: []string{"receipts.download_uris"}}, opts...)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(e.Receipts, func(r Receipt) bool { return r.ID == receiptID })
	switch {
	case i < 0:
		return "", usageError("Download: the expense has no receipt of that id")
	case link < 0 || link >= len(e.Receipts[i].DownloadURIs):
		return "", usageError("Download: the receipt has %d links, and no link %d", len(e.Receipts[i].DownloadURIs), link)
	}
	return e.Receipts[i].DownloadURIs[link].Reveal(), nil
}

// errLinkOver is a refusal that another link can help with.
var errLinkOver = errors.New("the storage host refuses the link, which may have expired")

// downloadFailed is a failure to fetch a file. Its text has no address.
type downloadFailed struct{ error }

func (d downloadFailed) Error() string        { return ErrDownload.Error() + ": " + d.error.Error() }
func (d downloadFailed) Is(target error) bool { return target == ErrDownload }
func (d downloadFailed) Unwrap() error        { return d.error }

// fetch reads a file from the storage host. Nothing moving for the time of WithTimeout ends it.
func (c *config) fetch(ctx context.Context, uri string, w io.Writer) (*ReceiptFile, error) {
	target, err := checkDownloadURI(uri)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := stallWatch(c.timeout, cancel)
	defer watch.stop()
	req := (&http.Request{Method: http.MethodGet, URL: target, Host: target.Host, Header: http.Header{"User-Agent": {c.userAgent}}}).WithContext(ctx)
	res, err := c.uploadClient().Do(req)
	if err != nil {
		return nil, plainFetchError(ctx, err, target)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusForbidden, res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusGone:
		return nil, errLinkOver
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the storage host responded %d", res.StatusCode)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum, moving{watch}), io.LimitReader(res.Body, largestReceipt+1))
	switch {
	case err != nil:
		return nil, plainFetchError(ctx, err, target)
	case n > largestReceipt:
		return nil, fmt.Errorf("it is larger than %d bytes", int64(largestReceipt))
	case res.ContentLength >= 0 && n != res.ContentLength:
		return nil, fmt.Errorf("it has %d of %d bytes", n, res.ContentLength)
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return &ReceiptFile{Size: n, SHA256: hex.EncodeToString(sum.Sum(nil)), ContentType: kind}, nil
}

// moving tells a watch that something was read.
type moving struct{ watch *stall }

func (m moving) Write(p []byte) (int, error) {
	m.watch.alive()
	return len(p), nil
}

// plainFetchError is why nothing came, in words that do not hold the address.
func plainFetchError(ctx context.Context, err error, target *url.URL) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // url.Error's text holds the address
	}
	return errors.New(withoutAddress(err.Error(), target))
}

// checkDownloadURI refuses an address by which the file would travel unprotected.
func checkDownloadURI(uri string) (*url.URL, error) {
	u, err := checkUploadURI(uri)
	if err != nil {
		return nil, errors.New("the link to the receipt is not an https address")
	}
	return u, nil
}
