package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// receiver is what becomes of the events of brex webhooks serve.
type receiver struct {
	app       *App
	dir       *os.Root // nil for none
	forwardTo string
	client    *http.Client
	stop      func(error)

	mu     sync.Mutex // orders lines
	events int
}

func (r *receiver) close() {
	if r.dir != nil {
		_ = r.dir.Close() // it is only read from here on, by nobody
	}
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.events
}

// received is an event as -o jsonl prints it.
type received struct {
	ID            string          `json:"webhook_id"`
	At            time.Time       `json:"received_at"`
	Type          string          `json:"event_type"`
	Company       string          `json:"company_id,omitempty"`
	SavedAs       string          `json:"saved_as,omitempty"`
	ForwardStatus int             `json:"forward_status,omitempty"`
	Body          json.RawMessage `json:"body"`
}

// handle saves, forwards and prints one event. With an error Brex sends it again.
func (r *receiver) handle(ctx context.Context, event webhook.Event) error {
	d, _ := webhook.DeliveryFrom(ctx)
	got := received{ID: d.ID, At: r.app.Now().UTC(), Type: string(event.Type()), Company: event.Company(), Body: d.Body}
	var failed error
	if r.dir != nil {
		got.SavedAs, failed = r.save(got.Type, d)
	}
	if r.forwardTo != "" && failed == nil {
		got.ForwardStatus, failed = r.forward(ctx, d)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events++
	if err := r.print(got); err != nil {
		r.stop(err)
		return err
	}
	return failed
}

func (r *receiver) print(got received) error {
	if r.app.flags.output == output.JSONL {
		raw, err := json.Marshal(got)
		if err != nil {
			return err
		}
		line, err := output.JSONLine(raw, r.app.flags.showSecrets)
		if err != nil {
			return err
		}
		_, err = stdout{r.app.Stdout}.Write(append(line, '\n'))
		return err
	}
	const gap = "  "
	line := got.At.Format(time.RFC3339) + gap + got.Type + gap + got.ID
	for _, fact := range facts(got.Body) {
		line += gap + fact
	}
	switch {
	case got.ForwardStatus != 0:
		line += fmt.Sprintf("%s-> %d", gap, got.ForwardStatus)
	case r.forwardTo != "":
		line += gap + "-> not forwarded"
	}
	_, err := fmt.Fprintln(stdout{r.app.Stdout}, output.Clean(line))
	return err
}

// facts are the ids and states in an event's body: what a person looks for.
func facts(body []byte) []string {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value, ok := members[name].(string)
		plain := strings.ToLower(strings.ReplaceAll(name, "_", ""))
		if ok && !wire.IsSecretMember(name) && (strings.HasSuffix(plain, "id") || strings.HasSuffix(plain, "status") || plain == "paymenttype") {
			all = append(all, name+"="+output.Truncate(output.Clean(value), 60))
		}
	}
	return all
}

// save writes the body as it came. A delivery that is sent again overwrites its file; a file is never half written.
func (r *receiver) save(kind string, d webhook.Delivery) (string, error) {
	name := fileName(kind) + "_" + fileName(d.ID) + ".json"
	sum := sha256.Sum256([]byte(name))
	part := ".part-" + hex.EncodeToString(sum[:8])
	err := r.dir.WriteFile(part, d.Body, 0o600)
	if err == nil {
		err = r.dir.Rename(part, name)
	}
	if err != nil {
		_ = r.dir.Remove(part) // the failure that counts is the first
		return "", fmt.Errorf("the event cannot be saved: %w", err)
	}
	return name, nil
}

// fileName makes a text from outside a part of a file's name, and different texts different ones.
func fileName(s string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, s)
	if safe == s && len(s) <= 80 {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return safe[:min(len(safe), 60)] + "-" + hex.EncodeToString(sum[:6])
}

// eventHeaders are the headers of a delivery that belong to the event: the signature's and what says how to read the body. No other
// is forwarded: cookies, credentials and hop-by-hop headers are between the sender and this receiver.
var eventHeaders = []string{webhook.HeaderID, webhook.HeaderTimestamp, webhook.HeaderSignature, "Content-Type", "Content-Encoding",
	"User-Agent", "X-Brex-Trace-Id"}

// forward sends the event on, its body byte for byte.
func (r *receiver) forward(ctx context.Context, d webhook.Delivery) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.forwardTo, bytes.NewReader(d.Body))
	if err != nil {
		return 0, err
	}
	for _, name := range eventHeaders {
		if values := d.Header.Values(name); len(values) > 0 {
			req.Header[name] = values
		}
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("the event cannot be forwarded: %w", wire.WithoutLocation(errors.Unwrap(err))) // without the address, which may hold a key
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // so that the connection can be used again
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode, fmt.Errorf("--forward-to responded with %d", resp.StatusCode)
	}
	return resp.StatusCode, nil
}

// noteHandler writes the records of package webhook as lines on standard error.
type noteHandler struct {
	app   *App
	level slog.Level
	attrs []slog.Attr
}

func (h noteHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h noteHandler) Handle(_ context.Context, record slog.Record) error {
	line := record.Message
	add := func(a slog.Attr) bool {
		value := a.Value.String()
		if a.Key == "error" {
			line += ": " + strings.TrimPrefix(strings.TrimPrefix(value, "webhook: "), "brex: ")
		} else {
			line += " (" + strings.ReplaceAll(a.Key, "_", " ") + " " + value + ")"
		}
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	record.Attrs(add)
	h.app.note("%s", line)
	return nil
}

func (h noteHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.attrs = append(slices.Clone(h.attrs), attrs...)
	return h
}

func (h noteHandler) WithGroup(string) slog.Handler { return h }
