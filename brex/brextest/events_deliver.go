package brextest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// DefaultWebhookRetries are the waits between the attempts of a delivery that
// fails. Brex documents none; these are the ones of Standard Webhooks, whose
// scheme Brex uses.
var DefaultWebhookRetries = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 10 * time.Hour}

const (
	deliveryTimeout = 10 * time.Second
	maxReplyRead    = 64 << 10 // of a receiver's response, to keep its connection
)

type webhookConfig struct {
	client     *http.Client
	retries    []time.Duration
	hosts      []string
	anyHost    bool
	background bool
}

// WithWebhookClient chooses the client that sends deliveries. Without it they
// are sent to loopback addresses only, without a proxy and for 10 seconds at
// most. Whatever the client, the host of a subscription must be localhost or a
// loopback address, unless WithWebhookHosts names it.
func WithWebhookClient(client *http.Client) Option {
	return func(c *config) error {
		if client == nil {
			return errors.New("WithWebhookClient: no client")
		}
		c.webhooks.client = client
		return nil
	}
}

// WithWebhookHosts lets deliveries go to these hosts as well, or with "*" to
// any. Use it with care: whoever can create a subscription then makes the
// sandbox send requests there.
func WithWebhookHosts(hosts ...string) Option {
	return func(c *config) error {
		for _, host := range hosts {
			if host == "" || strings.ContainsAny(host, ":/ ") && net.ParseIP(host) == nil {
				return fmt.Errorf("WithWebhookHosts: %q is not a host name; write it without scheme, port and path", host)
			}
			if host == "*" {
				c.webhooks.anyHost = true
				continue
			}
			c.webhooks.hosts = append(c.webhooks.hosts, strings.ToLower(host))
		}
		return nil
	}
}

// WithWebhookRetries says how long to wait before each further attempt of a
// delivery that failed, on the company's clock; with none there is one attempt.
// The default is DefaultWebhookRetries.
func WithWebhookRetries(waits ...time.Duration) Option {
	return func(c *config) error {
		if slices.ContainsFunc(waits, func(d time.Duration) bool { return d <= 0 }) {
			return errors.New("WithWebhookRetries: a wait is not above zero")
		}
		c.webhooks.retries = slices.Clone(waits)
		return nil
	}
}

// WithBackgroundDelivery sends webhooks in a goroutine of the sandbox's own, at
// once and, with a clock that runs, when retries are due. Close ends it.
// Without this option nothing is sent before DeliverPending or Advance, so that
// a test decides when.
func WithBackgroundDelivery() Option {
	return func(c *config) error { c.webhooks.background = true; return nil }
}

// parcel is one attempt about to be made.
type parcel struct {
	event    *Event
	place    int // of the event in the log
	delivery int
	fault    Fault
	id, url  string
	body     []byte
	at       time.Time // on the company's clock
	sent     time.Time // on the real one
	secrets  []webhookSecret
}

// DeliverPending sends every webhook that is due and returns how many attempts
// it made. What fails is due again after the next wait; Advance sends it then.
// A receiver must not call it while it handles a delivery.
func (h *Handler) DeliverPending() int {
	h.delivering.Lock()
	defer h.delivering.Unlock()
	return h.deliver()
}

// deliver sends what is due. Its caller holds delivering.
func (h *Handler) deliver() int {
	attempts := 0
	for {
		parcels := h.dueParcels()
		for _, p := range parcels {
			attempts += h.attempt(p)
		}
		if !h.letGo(parcels) {
			return attempts
		}
	}
}

func (h *Handler) dueParcels() (parcels []parcel) {
	if h.nextDelivery().After(h.clock.now()) {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s, now := h.state, h.clock.now()
	subs := s.webhookTargets()
	for place, e := range s.events {
		for i := range e.Deliveries {
			d := &e.Deliveries[i]
			if d.Next.IsZero() || d.Next.After(now) {
				continue
			}
			sub, found := subs[d.Subscription]
			if !found {
				d.Next, d.Held = time.Time{}, "" // deleted meanwhile
			}
			if !sub.active {
				continue
			}
			d.URL = sub.url // it may have moved
			var f Fault
			if d.Held == "" { // what was held back is sent now, whatever else goes wrong
				asked := s.deliveryRequest(e, i)
				f = h.faults.take(&asked, deliveryOperation)
			}
			if f.held {
				d.Held, d.Next = f.name, now.Add(f.hold)
				continue
			}
			f.name, d.again = f.name+d.Held, false
			parcels = append(parcels, parcel{event: e, place: place, delivery: i, fault: f, id: e.ID, url: d.URL,
				body: slices.Clone(e.Payload), at: now, secrets: s.validSecrets(now)})
		}
	}
	return parcels
}

// never is later than everything.
var never = time.Unix(1<<40, 0)

// nextDelivery says when the next attempt is due.
func (h *Handler) nextDelivery() time.Time {
	h.mu.RLock()
	defer h.mu.RUnlock()
	next := never
	subs := h.state.webhookTargets()
	for _, e := range h.state.events {
		for _, d := range e.Deliveries {
			if d.Next.IsZero() || !d.Next.Before(next) {
				continue
			}
			if sub, found := subs[d.Subscription]; sub.active || !found {
				next = d.Next
			}
		}
	}
	return next
}

// noteAttempts records how an attempt ended, or both of a Duplicate.
func (h *Handler) noteAttempts(p parcel, attempts []Attempt, blocked bool) {
	d := &p.event.Deliveries[p.delivery]
	d.Attempts = append(d.Attempts, attempts...)
	arrived := slices.ContainsFunc(attempts, func(a Attempt) bool { return a.Status >= 200 && a.Status < 300 })
	d.Delivered = d.Delivered || arrived
	if d.again {
		return // ResendEvent has asked for it meanwhile, so that it is still due
	}
	d.Next, d.Held = time.Time{}, ""
	waits := h.config.webhooks.retries
	if tries := d.tries(); !arrived && !blocked && tries <= len(waits) {
		d.Next = p.at.Add(waits[tries-1])
	}
}

// send makes one attempt.
func (h *Handler) send(p parcel) (status int, err error) {
	if err := h.allowed(p.url); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), deliveryTimeout)
	defer cancel()
	go func() { // a sandbox that is closed waits for nobody
		select {
		case <-h.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "brextest")
	r.Header.Set("Webhook-Id", p.id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(p.sent.Unix(), 10))
	r.Header.Set("Webhook-Signature", signatures(p.secrets, p.id, p.sent, p.body))
	resp, err := h.webhookClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	// What it says does not matter, only that it is read.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxReplyRead))
	return resp.StatusCode, nil
}

// blockedError is a destination that the sandbox does not send to.
type blockedError struct{ host string }

func (e blockedError) Error() string {
	return fmt.Sprintf("not sent: %q is not a loopback address; see WithWebhookHosts", e.host)
}

func isBlocked(err error) bool {
	var blocked blockedError
	return errors.As(err, &blocked)
}

func (h *Handler) allowed(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return blockedError{printable(address)}
	}
	host := strings.ToLower(u.Hostname())
	if h.config.webhooks.anyHost || slices.Contains(h.config.webhooks.hosts, host) || loopback(host) {
		return nil
	}
	return blockedError{printable(host)}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// newWebhookClient is the client of deliveries. A name that resolves to
// something else than loopback is refused when it is dialled.
func newWebhookClient(cfg webhookConfig) *http.Client {
	if cfg.client != nil {
		return cfg.client
	}
	dialer := &net.Dialer{Timeout: deliveryTimeout}
	if !cfg.anyHost && len(cfg.hosts) == 0 {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			if ap, err := netip.ParseAddrPort(address); err != nil || !ap.Addr().Unmap().IsLoopback() {
				return blockedError{address}
			}
			return nil
		}
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
