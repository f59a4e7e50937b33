package brex

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// ErrUpload is the kind of error of a file that did not get to the upload host. The id that Brex gave the upload is of no use
// then; upload the file again.
var ErrUpload = errors.New("brex: the file was not uploaded")

// Upload is a file that arrived at the upload host. Brex processes it afterwards.
type Upload struct {
	ID          string // of the receipt upload or document
	Size        int64  // in bytes
	ContentType string // it was sent as
	Attempts    int    // how often the file was sent
}

// link asks Brex for an address to send the file of that name to, each time a new one.
type link func(ctx context.Context, name string, opts ...CallOption) (id, uri string, err error)

// upload sends a file to an address that Brex gives for it. The address is another host's, so that nothing of the pipeline is
// used: no token, no header of the caller's, and no transport that could add one.
func (s service) upload(ctx context.Context, op *wire.Operation, f File, newLink link, opts []CallOption) (*Upload, error) {
	k := &call{ctx: ctx, op: op}
	if o := optionsFrom(with(ctx, opts)); o != nil {
		k.opts = *o
	}
	src, err := f.prepare()
	if err != nil {
		return nil, k.fail(OutcomeNotSent, err)
	}
	id, uri, err := newLink(ctx, f.name, opts...)
	if err != nil {
		return nil, err
	}
	up := &uploader{service: s, call: k, file: f, src: src}
	err = up.send(uri)
	if errors.Is(err, errLinkExpired) && !k.opts.noRetry {
		// The key of the first link would bring the same one back.
		if id, uri, err = newLink(ctx, f.name, append(opts[:len(opts):len(opts)], func(o *callOptions) { o.key = "" })...); err != nil {
			var e *Error
			if errors.As(err, &e) {
				e.outcome = k.settle(e.outcome) // the file may have arrived at the first address
			}
			return nil, err
		}
		err = up.send(uri)
	}
	if err != nil {
		return nil, err
	}
	return &Upload{ID: id, Size: src.size, ContentType: f.contentType, Attempts: k.attempt}, nil
}

// uploader sends one file.
type uploader struct {
	service
	*call
	file File
	src  readyFile
}

// errLinkExpired is an upload host's 403: the address is no longer good, or never was.
var errLinkExpired = errors.New("the upload host refuses the address, which is good for 30 minutes and one file (403)")

// uploadFailed is a failure to send the file, with what may be shown of it: the address is as good as a password.
type uploadFailed struct {
	error
	text string
}

func (u uploadFailed) Error() string        { return u.text }
func (u uploadFailed) Is(target error) bool { return target == ErrUpload }
func (u uploadFailed) Unwrap() error        { return u.error }

// send PUTs the file to the address, several times if need be: a PUT of the same bytes has no second effect.
func (u *uploader) send(uri string) error {
	target, err := checkUploadURI(uri)
	if err != nil {
		return u.fail(OutcomeNotSent, uploadFailed{err, err.Error()})
	}
	policy := u.cfg.retry.withDefaults()
	waits := policy.schedule()
	start := time.Now()
	for attempt := 1; ; attempt++ {
		u.attempt++
		retry, outcome, err := u.put(target)
		u.log(start, err)
		if err == nil {
			return nil
		}
		failed := u.fail(u.settle(outcome), uploadFailed{err, "sending the file to the upload host: " + withoutAddress(err.Error(), target)})
		if !retry || u.opts.noRetry || attempt >= policy.MaxAttempts {
			return failed
		}
		wait := waits.NextBackOff()
		if time.Since(start)+wait > policy.Budget {
			return failed
		}
		if err := sleep(u.ctx, wait); err != nil {
			return failed
		}
	}
}

// withoutAddress takes the address out of a text, the host excepted.
func withoutAddress(text string, target *url.URL) string {
	for _, secret := range []string{target.RequestURI(), target.RawQuery, target.EscapedPath()} {
		if len(secret) > 1 {
			text = strings.ReplaceAll(text, secret, "[address]")
		}
	}
	return text
}

// put sends the file once. It says whether another attempt can help.
func (u *uploader) put(target *url.URL) (retry bool, outcome Outcome, err error) {
	body, err := u.src.read()
	if err != nil {
		return false, OutcomeNotSent, err
	}
	ctx, cancel := context.WithCancelCause(u.ctx)
	defer cancel(nil)
	sent := &sentFile{from: body, size: u.src.size, progress: u.file.progress, watch: stallWatch(u.cfg.timeout, cancel)}
	defer sent.watch.stop()
	defer sent.Close()
	req := (&http.Request{Method: http.MethodPut, URL: target, Host: target.Host, ContentLength: u.src.size, Body: sent,
		Header: http.Header{"Content-Type": {u.file.contentType}, "User-Agent": {u.cfg.userAgent}}}).WithContext(ctx)
	res, err := u.cfg.uploadClient().Do(req)
	if err != nil {
		outcome = OutcomeUnknown
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			outcome = OutcomeNotSent
		}
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // url.Error's text holds the address
		}
		if strings.HasPrefix(err.Error(), "failed to parse Location header") { // which is an address, too
			err = errors.New("it answered with a redirect to what is no address")
		}
		switch {
		case u.ctx.Err() != nil:
			return false, outcome, contextError(u.ctx)
		case sent.failed() != nil: // the file itself: it would fail again
			return false, outcome, sent.failed()
		case context.Cause(ctx) != nil:
			return true, outcome, context.Cause(ctx)
		}
		return true, outcome, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	switch {
	case res.StatusCode/100 == 2 && !sent.whole():
		return true, OutcomeUnknown, fmt.Errorf("it answered %d before it had the whole file", res.StatusCode)
	case res.StatusCode/100 == 2:
		return false, OutcomeDone, nil
	case res.StatusCode == http.StatusForbidden:
		return false, OutcomeRefused, errLinkExpired
	case res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout:
		return true, OutcomeUnknown, fmt.Errorf("it answered %d", res.StatusCode)
	default:
		return false, OutcomeRefused, fmt.Errorf("it answered %d", res.StatusCode)
	}
}

func (u *uploader) log(start time.Time, err error) {
	if u.cfg.logger == nil {
		return
	}
	level := slog.LevelDebug
	if err != nil {
		level = slog.LevelWarn
	}
	u.cfg.logger.LogAttrs(u.ctx, level, "brex upload", slog.String("operation", u.op.ID), slog.Int64("bytes", u.src.size),
		slog.Int("attempts", u.attempt), slog.Duration("took", time.Since(start)), slog.Bool("failed", err != nil))
}

// uploadClient is a client that sends what it is given and nothing else. The caller's transport is used only if it is a plain
// one, with the caller's proxy and certificates: any other, like that of x/oauth2, may add a token.
func (c *config) uploadClient() *http.Client {
	hc := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if plain, ok := c.client.Transport.(*http.Transport); ok {
		hc.Transport = plain
	}
	if c.upload != nil {
		hc.Transport = c.upload
	}
	return hc
}

// WithUploadTransport sends files to the upload host through rt. By default that is the transport of WithHTTPClient where it
// is an *http.Transport, and http.DefaultTransport otherwise, because another one may add the Brex token, which the upload
// host must not see. See that yours does not.
func WithUploadTransport(rt http.RoundTripper) Option {
	return func(c *config) error {
		if rt == nil {
			return usageError("WithUploadTransport: the transport is nil")
		}
		c.upload = rt
		return nil
	}
}

// checkUploadURI refuses an address that would show the file to others on the way.
func checkUploadURI(uri string) (*url.URL, error) {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the upload address is no URL")
	case u.User != nil:
		return nil, errors.New("the upload address has a user in it")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("the upload address is without https, so that the file would travel unprotected")
	}
	u.Fragment = ""
	return u, nil
}
