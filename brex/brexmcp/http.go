package brexmcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/brex-go/sdk/brex/agent"
)

// HTTPOptions are the settings of NewHandler.
type HTTPOptions struct {
	// Tokens are those of the agents and the approvers. Required.
	Tokens *Tokens
	// Hosts are names, without a port, that the server is reached at, besides localhost and the
	// loopback addresses.
	Hosts []string
	// Profile is written to the log.
	Profile string
	// User is the operating-system user that the server runs as. It decides nothing that an agent
	// asked for as the same user.
	User string
}

// NewHandler serves the agents of a guard at /mcp, and people who approve at /approvals. A request
// needs the token of an agent, or that of an approver; none is accepted for another Host, or from a
// page of another origin.
func NewHandler(guard *agent.Guard, opts HTTPOptions) (http.Handler, error) {
	if guard == nil || opts.Tokens == nil {
		return nil, errors.New("brexmcp: NewHandler needs a guard and tokens")
	}
	h := &handler{guard: guard, opts: opts, servers: map[string]http.Handler{}}
	mux := http.NewServeMux()
	bearer := auth.RequireBearerToken(h.verify, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})
	mux.Handle("/mcp", bearer(h))
	newPage(guard, opts).register(mux)
	return protect(opts.Hosts, mux), nil
}

// handler serves many agents.
type handler struct {
	guard *agent.Guard
	opts  HTTPOptions

	mu      sync.Mutex
	servers map[string]http.Handler // by agent
}

// verify finds the agent of a token. One that is not known is in the log.
func (h *handler) verify(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
	name, err := h.opts.Tokens.Find(KindAgent, token)
	switch {
	case err == nil:
		return &auth.TokenInfo{UserID: name}, nil
	case !errors.Is(err, errUnknown):
		return nil, err
	}
	return nil, errors.Join(auth.ErrInvalidToken, noteToken(h.guard, "token"))
}

func noteToken(guard *agent.Guard, rule string) error {
	return guard.Log().Append(agent.Record{Kind: agent.KindRefused, Via: "http", Verdict: agent.Deny, Rule: rule,
		Say: "A request over HTTP was refused: its " + rule + " is not known."})
}

// ServeHTTP serves the agent whose token a request has.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.server(auth.TokenInfoFromContext(r.Context()).UserID).ServeHTTP(w, r)
}

func (h *handler) server(name string) http.Handler {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.servers[name] == nil {
		s := newServer(h.guard, name, agent.SessionOptions{Via: "http", Profile: h.opts.Profile})
		h.servers[name] = s.guarded(streamable(func(*http.Request) *mcp.Server { return s.mcp }, true))
	}
	return h.servers[name]
}

// streamable is the transport. Revision 2026-07-28 has no sessions, and so needs stateless.
func streamable(server func(*http.Request) *mcp.Server, stateless bool) http.Handler {
	return mcp.NewStreamableHTTPHandler(server, &mcp.StreamableHTTPOptions{Stateless: stateless, MaxRequestBodyBytes: maxMessage,
		DisableLocalhostProtection:   true, // protect does this, for other addresses too
		PropagateRequestCancellation: true})
}

// protect refuses a Host that the server does not have, which DNS rebinding needs, and requests of
// pages of other origins.
func protect(hosts []string, next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch err := cross.Check(r); {
		case !knownHost(hosts, r.Host):
			http.Error(w, "the Host is not one of this server", http.StatusForbidden)
		case err != nil || !sameOrigin(r):
			http.Error(w, "requests from pages of another origin are refused", http.StatusForbidden)
		default:
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			next.ServeHTTP(w, r)
		}
	})
}

// sameOrigin checks Origin for methods that http.CrossOriginProtection takes to be safe, too.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	_, host, ok := strings.Cut(origin, "://")
	return origin == "" || ok && strings.EqualFold(host, r.Host)
}

func knownHost(hosts []string, host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if address, err := netip.ParseAddr(host); err == nil && address.IsLoopback() {
		return true
	}
	return host == "localhost" || slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// IsLoopback reports whether an address to listen on, "127.0.0.1:2740", is of this machine only.
func IsLoopback(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("%q is not an address such as 127.0.0.1:2740", address)
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback(), nil
}
