package brex

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// ErrUpload is the kind of error of a file that did not get to the upload host. The id that Brex
// gave the upload is of no use then; upload the file again.
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

// upload sends a file to an address that Brex gives for it. The address is another host's, so that
// the request carries no token, no header of the caller's, and goes through no transport that could
// add one.
func (s service) upload(ctx context.Context, op *wire.Operation, f File, newLink link, opts []CallOption) (*Upload, error) {
	k := &call{ctx: ctx, op: op, opts: optionsOf(opts)}
	src, err := f.prepare()
	if err != nil {
		return nil, k.fail(OutcomeNotSent, err)
	}
	id, uri, err := newLink(ctx, f.name, opts...)
	if err != nil {
		return nil, err
	}
	up := &uploader{cfg: s.cfg, call: k, file: f, src: src}
	err = up.send(uri)
	if errors.Is(err, errLinkExpired) && !k.opts.noRetry {
		if id, uri, err = newLink(ctx, f.name, append(opts[:len(opts):len(opts)], anotherKey)...); err != nil {
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

// anotherKey takes back the caller's key: under that of the first link, Brex would return the first
// link.
var anotherKey CallOption = callOption(func(o *callOptions) { o.key = "" })

// uploader sends one file.
type uploader struct {
	*call
	cfg    *config
	file   File
	src    readyFile
	target *url.URL
}

// errLinkExpired is an upload host's 403: the address is no longer valid, or never was.
var errLinkExpired = errors.New("the upload host refuses the address, which is valid for 30 minutes and one file (403)")

// uploadFailed is a failure to send the file, with the part of it that may be shown: the address is
// as good as a password.
type uploadFailed struct {
	error
	text  string
	retry bool // another attempt can help
}

func (u uploadFailed) Error() string        { return u.text }
func (u uploadFailed) Is(target error) bool { return target == ErrUpload }
func (u uploadFailed) Unwrap() error        { return u.error }

// sendAgain is the retry policy of a file: a PUT of the same bytes to the same address has no
// second effect.
func sendAgain(_ *call, e *Error) bool {
	var failed uploadFailed
	return errors.As(e, &failed) && failed.retry
}

// send PUTs the file to the address, several times if need be.
func (u *uploader) send(uri string) (err error) {
	if u.target, err = checkUploadURI(uri); err != nil {
		return u.fail(OutcomeNotSent, uploadFailed{error: err, text: err.Error()})
	}
	u.began = time.Now()
	return u.cfg.assembleUpload(u.attemptPut)(u.call)
}

// attemptPut sends the file once. Its errors carry no status: those of Error are Brex's, and mean
// other things.
func (u *uploader) attemptPut(k *call) error {
	k.response = response{}
	body, err := u.src.read()
	if err != nil {
		return k.fail(OutcomeNotSent, uploadFailed{error: err, text: "reading the file: " + err.Error()})
	}
	k.attempt++
	res, retry, outcome, err := u.put(body)
	if err == nil {
		k.response.status = res.StatusCode
		return nil
	}
	e := k.fail(outcome, uploadFailed{err, "sending the file to the upload host: " + withoutAddress(err.Error(), u.target), retry})
	if res != nil {
		k.response.status, k.response.header = res.StatusCode, res.Header
		e.RetryAfter = retryAfter(res.Header)
	}
	return e
}

// withoutAddress removes the address from a string, except the host.
func withoutAddress(text string, target *url.URL) string {
	for _, secret := range []string{target.RequestURI(), target.RawQuery, target.EscapedPath()} {
		if len(secret) > 1 {
			text = strings.ReplaceAll(text, secret, "[address]")
		}
	}
	return text
}

// put exchanges one request with the upload host; res has no body any more. retry says whether
// another attempt can help.
func (u *uploader) put(body io.ReadCloser) (res *http.Response, retry bool, outcome Outcome, err error) {
	ctx, cancel := context.WithCancelCause(u.ctx)
	defer cancel(nil)
	sent := &sentFile{from: body, size: u.src.size, progress: u.file.progress, watch: stallWatch(u.cfg.timeout, cancel)}
	defer sent.watch.stop()
	defer sent.Close()
	u.conn = &connTrace{}
	req := (&http.Request{Method: http.MethodPut, URL: u.target, Host: u.target.Host, ContentLength: u.src.size, Body: sent,
		Header: http.Header{"Content-Type": {u.file.contentType}, "User-Agent": {u.cfg.userAgent}}}).WithContext(u.conn.watch(ctx))
	client := u.cfg.uploadClient()
	res, err = client.Do(req)
	if err != nil {
		if u.conn.notSent(err) {
			err = wire.ThroughProxy(client.Transport, req, err)
		}
		retry, outcome, err = u.putError(ctx, sent, err)
		return nil, retry, outcome, err
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10)) // also so that the connection can be used again
	refused := fmt.Errorf("it responded with %d%s", res.StatusCode, storageCode(said))
	switch {
	case res.StatusCode/100 == 2 && !sent.whole():
		return res, true, OutcomeUnknown, fmt.Errorf("it responded with %d before it had the whole file", res.StatusCode)
	case res.StatusCode/100 == 2:
		return res, false, OutcomeDone, nil
	case res.StatusCode == http.StatusForbidden:
		return res, false, OutcomeRefused, fmt.Errorf("%w%s", errLinkExpired, storageCode(said))
	case res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout:
		return res, true, OutcomeUnknown, refused
	default:
		return res, false, OutcomeRefused, refused
	}
}

var storageCodes = regexp.MustCompile(`^[A-Za-z]{3,64}$`)

// storageCode is the code in an error of a storage host that speaks S3's XML, "
// SignatureDoesNotMatch" for example. The rest of the body can hold keys.
func storageCode(body []byte) string {
	var said struct {
		Code string `xml:"Code"`
	}
	if xml.Unmarshal(body, &said) != nil || !storageCodes.MatchString(said.Code) {
		return ""
	}
	return " " + said.Code
}

// putError is why there was no response, in words that do not hold the address.
func (u *uploader) putError(ctx context.Context, sent *sentFile, err error) (retry bool, outcome Outcome, _ error) {
	outcome = OutcomeUnknown
	if u.conn.notSent(err) {
		outcome = OutcomeNotSent
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // url.Error's text holds the address
	}
	err = wire.WithoutLocation(err)
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

// uploadClient is a client that sends what it is given and nothing else. The caller's transport is
// used only if it is a plain one, with the caller's proxy and certificates: any other, like that of
// x/oauth2, may add a token.
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

// WithUploadTransport sends files to the upload host through rt. By default that is the transport
// of WithHTTPClient where it is an *http.Transport, and http.DefaultTransport otherwise, because
// another one may add the Brex token, which the upload host must not see. See that yours does not.
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
		return nil, errors.New("the upload address is not a URL")
	case u.User != nil:
		return nil, errors.New("the upload address has a user in it")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("the upload address is without https, so that the file would travel unprotected")
	}
	u.Fragment = ""
	return u, nil
}
