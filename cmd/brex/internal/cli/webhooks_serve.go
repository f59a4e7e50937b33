package cli

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

func (a *App) webhooksServe() *cobra.Command {
	var port portValue
	var listen, forward, dir string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Receive events: verify, print, save and forward them",
		Long: `Receive events, verify that they come from Brex, and print one line for each; -o jsonl prints them in
full. Brex cannot reach this machine by itself: let a tunnel or a proxy lead to the port.

The signing secret is read from BREX_WEBHOOK_SECRET (two, with a comma, while they are rotated), or
else asked from Brex, which follows rotations. Forged, altered and old deliveries get a 401 and
noted on standard error; an event that comes twice is handled once.

--forward-to sends each event on, byte for byte and with the headers of its signature, so that it can
be checked there too. Of the other headers only the content type, the user agent and the trace id go
along. When that fails, Brex gets a 500 and sends the event again later.

Ctrl-C ends it, after the events under way.`,
		Example: `  brex webhooks serve --port 8080
  brex webhooks serve --forward-to http://localhost:3000/brex --save ./events
  brex webhooks serve --sandbox -o jsonl`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out := a.flags.output; out == output.JSON || out == output.CSV {
				return usagef("brex webhooks serve prints lines or jsonl, not %s: it has no end", out)
			}
			r := &receiver{app: a}
			if err := r.setForward(forward, a.flags.timeout.d); err != nil {
				return err
			}
			if err := r.setDir(dir); err != nil {
				return err
			}
			defer r.close()
			secrets, err := a.secretSource(cmd.Context())
			if err != nil {
				return err
			}
			handler, err := webhook.NewHandler(secrets, webhook.OnOther(r.handle), webhook.WithClock(a.Now),
				webhook.WithLogger(slog.New(noteHandler{app: a, level: a.logLevel()})))
			if err != nil {
				return err
			}
			l, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", net.JoinHostPort(listen, strconv.Itoa(port.n)))
			if err != nil {
				return usagef("--listen and --port: %v", errors.Unwrap(err))
			}
			a.note("listening on http://%s; Ctrl-C ends it", l.Addr())
			return r.serve(cmd.Context(), l, handler)
		},
	}
	f := cmd.Flags()
	port.n = 8080
	f.Var(&port, "port", "port to listen on, 0 for any that is free")
	f.StringVar(&listen, "listen", "127.0.0.1", "`address` to listen on; 0.0.0.0 for all of this machine")
	f.StringVar(&forward, "forward-to", "", "send each event on to this `URL`")
	f.StringVar(&dir, "save", "", "save the body of each event to a file in this `directory`")
	_ = cmd.MarkFlagDirname("save") // fails on an unknown flag only
	return cmd
}

func (a *App) logLevel() slog.Level {
	if a.flags.verbose {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// secretSource gives the secrets in the variable, or follows the API's.
func (a *App) secretSource(ctx context.Context) (webhook.SecretSource, error) {
	secrets, err := a.secretsIn(secretVariable)
	if err != nil {
		return nil, err
	}
	if len(secrets) > 0 {
		return webhook.NewVerifier(secrets...)
	}
	s, err := a.connectForSecrets()
	if err != nil {
		return nil, err
	}
	if _, err := secretsOf(ctx, s); err != nil { // say so now, rather than with the first event
		return nil, err
	}
	return webhook.NewSecretCache(func(ctx context.Context) ([]brex.Secret, error) { return secretsOf(ctx, s) }, webhook.WithClock(a.Now))
}

// serve responds until ctx ends or standard output fails.
func (r *receiver) serve(ctx context.Context, l net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.stop = stop
	if err := serveUntil(ctx, server, func() error { return server.Serve(l) }); err != nil {
		return err
	}
	var out outputError
	if errors.As(context.Cause(ctx), &out) {
		return out
	}
	r.app.note("stopped after %s", countEvents(r.count()))
	return nil
}

// serveUntil serves until ctx ends; what is under way then has 15 seconds more.
func serveUntil(ctx context.Context, server *http.Server, serve func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if server.Shutdown(last) != nil {
		_ = server.Close() // what is still under way has had its time
	}
	<-ended //nolint:errcheck // it says that it was shut down
	return nil
}

func countEvents(n int) string {
	if n == 1 {
		return "1 event"
	}
	return strconv.Itoa(n) + " events"
}

// setForward says where events go on to.
func (r *receiver) setForward(to string, timeout time.Duration) error {
	if to == "" {
		return nil
	}
	if err := webAddress("--forward-to", to); err != nil {
		return err
	}
	r.forwardTo = to
	r.client = &http.Client{Timeout: min(timeout, webhook.DefaultTimeout),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return nil
}

// webAddress refuses what is not an http address.
func webAddress(flag, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return usagef("%s: must be an address like http://localhost:3000/brex", flag)
	}
	return nil
}

// setDir opens the directory that bodies are saved in, and makes it where there is none.
func (r *receiver) setDir(dir string) error {
	if dir == "" {
		return nil
	}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		r.dir, err = os.OpenRoot(dir)
	}
	if err != nil {
		return usagef("--save: %v", err)
	}
	return nil
}

// portValue is a TCP port.
type portValue struct{ n int }

func (v *portValue) String() string { return strconv.Itoa(v.n) }
func (v *portValue) Type() string   { return "n" }
func (v *portValue) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 65535 {
		return badValue("must be a whole number from 0 to 65535")
	}
	v.n = n
	return nil
}
