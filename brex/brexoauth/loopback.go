package brexoauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Login signs in the customer who sits at this machine: it listens on loopback, has open show
// Brex's page in a browser, and returns the login when the customer is led back, or ctx ends. Store
// it with StoreLogin. Its errors are those of Exchange, and open's. Login does not wait for open,
// whose context ends when Login returns.
//
// The address led back to is Config.RedirectURL, whose host must be 127.0.0.1, [::1] or localhost;
// without a port, or with port 0, any free one is taken. When it is empty it is
// http://127.0.0.1/callback. It has to be registered with Brex, with its port if Brex compares
// ports.
//
// A callback that does not belong to this attempt gets an error page and is otherwise ignored,
// since any web page could send one.
func (c *Client) Login(ctx context.Context, open func(ctx context.Context, address string) error) (*Token, error) {
	if open == nil {
		return nil, usage("Login: open is nil")
	}
	redirect := c.cfg.RedirectURL
	if redirect == "" {
		redirect = "http://127.0.0.1/callback"
	}
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) {
		return nil, usage("Login: Config.RedirectURL is not on loopback")
	}
	listener, err := listen(ctx, u)
	if err != nil {
		return nil, err
	}
	defer func() { _ = listener.Close() }()
	attempt, err := c.attempt(ctx, u.String())
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &loopbackLogin{client: c, attempt: attempt, host: u.Host, path: u.EscapedPath(), ctx: ctx,
		turn: make(chan struct{}, 1), done: make(chan loginResult, 1), strayed: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	server := &http.Server{Handler: l, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	go func() { _ = server.Serve(listener) }()
	defer func() {
		// The last page is still on its way to the browser.
		grace, stop := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer stop()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	}()
	opened := make(chan error, 1)
	go func() { opened <- open(ctx, attempt.URL) }()
	for {
		select {
		case r := <-l.done:
			return r.token, r.err
		case err := <-opened:
			if err != nil {
				return nil, fmt.Errorf("brexoauth: the browser could not be opened: %w", err)
			}
			opened = nil
		case <-ctx.Done():
			select {
			case r := <-l.done:
				return r.token, r.err
			default:
			}
			select {
			case <-l.strayed:
				return nil, errors.Join(ctx.Err(), ErrState)
			default:
				return nil, ctx.Err()
			}
		}
	}
}

// listen listens where the redirect leads, and puts the port into it.
func listen(ctx context.Context, redirect *url.URL) (net.Listener, error) {
	host, port := redirect.Hostname(), redirect.Port()
	if port == "" {
		port = "0"
	}
	if addr := net.ParseIP(host); addr == nil {
		host = "127.0.0.1" // localhost, which need not be asked for
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("brexoauth: no listener for the callback: %w", err)
	}
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	redirect.Host = net.JoinHostPort(redirect.Hostname(), port)
	return listener, nil
}

type loginResult struct {
	token *Token
	err   error
}

// loopbackLogin responds to the browser.
type loopbackLogin struct {
	client  *Client
	attempt *Attempt
	host    string // with the port; another one in a request is a name that somebody made lead here
	path    string
	ctx     context.Context // of Login: the exchange does not end with the browser's request
	turn    chan struct{}   // the first callback of the attempt takes it
	done    chan loginResult
	strayed chan struct{} // a callback with another state came
}

// ServeHTTP is called by the listener of Login.
func (l *loopbackLogin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.EscapedPath() != l.path || !strings.EqualFold(r.Host, l.host) {
		page(w, http.StatusNotFound, "There is nothing here.")
		return
	}
	_, err := l.attempt.Code(r.URL.Query())
	if errors.Is(err, ErrState) {
		select {
		case l.strayed <- struct{}{}:
		default:
		}
		page(w, http.StatusBadRequest, "This is not the sign-in that was begun. Go back to the program and begin again.")
		return
	}
	select {
	case <-l.turn:
	default:
		page(w, http.StatusConflict, "This sign-in is over.")
		return
	}
	t, err := l.client.Exchange(l.ctx, l.attempt, r.URL.Query())
	switch {
	case err == nil:
		page(w, http.StatusOK, "You are signed in. You can close this window and go back to the program.")
	case errors.Is(err, ErrDenied):
		page(w, http.StatusOK, "Access was denied. You can close this window.")
	default:
		page(w, http.StatusBadGateway, "Signing in failed. The program says why.")
	}
	l.done <- loginResult{t, err}
}

// page says one sentence. Nothing of the request is repeated, and the address, which holds the
// code, is not passed on.
func page(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Brex</title></head>"+
		"<body><p>%s</p></body></html>\n", text)
}
