package brexmcp

import (
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/agent"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS []byte

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

const (
	pageCookie  = "brex_approver"
	pageLogin   = 30 * time.Minute // how long a login lasts
	pagePolicy  = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	maxFormSize = 16 << 10
)

// page is where people approve. It needs no script.
type page struct {
	guard  *agent.Guard
	tokens *Tokens
	user   string // of the server

	mu     sync.Mutex
	logins map[string]login // by the value of the cookie
}

// login is an approver who showed a token. The token is kept in memory, so that one that is revoked
// ends the login.
type login struct {
	token, form string // form is in each form of this login
	until       time.Time
}

func newPage(guard *agent.Guard, opts HTTPOptions) *page {
	return &page{guard: guard, tokens: opts.Tokens, user: opts.User, logins: map[string]login{}}
}

func (p *page) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /approvals", p.show)
	mux.HandleFunc("GET /approvals/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(pageCSS) // the reader may have gone
	})
	mux.HandleFunc("POST /approvals/login", p.login)
	mux.HandleFunc("POST /approvals/logout", p.logout)
	mux.HandleFunc("POST /approvals/decide", p.decide)
}

// shown is what the template gets.
type shown struct {
	Name, Form, Error string
	Waiting           []agent.Approval
	Stopped           bool
}

func (p *page) render(w http.ResponseWriter, status int, s shown) {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, s) // the reader may have gone
}

// approver is who is logged in.
func (p *page) approver(r *http.Request) (name string, l login, ok bool) {
	cookie, err := r.Cookie(pageCookie)
	if err != nil {
		return "", l, false
	}
	p.mu.Lock()
	l, ok = p.logins[cookie.Value]
	if ok && !time.Now().Before(l.until) {
		delete(p.logins, cookie.Value)
		ok = false
	}
	p.mu.Unlock()
	if !ok {
		return "", l, false
	}
	name, err = p.tokens.Find(KindApprover, l.token)
	return name, l, err == nil
}

func (p *page) show(w http.ResponseWriter, r *http.Request) {
	name, l, ok := p.approver(r)
	if !ok {
		p.render(w, http.StatusOK, shown{})
		return
	}
	p.list(w, r, http.StatusOK, name, l, "")
}

// list shows what waits for the approver, with the facts as Brex has them now.
func (p *page) list(w http.ResponseWriter, r *http.Request, status int, name string, l login, failure string) {
	s := shown{Name: name, Form: l.form, Error: failure, Stopped: p.guard.Ledger().Stopped()}
	all, err := p.guard.Ledger().Approvals(r.Context())
	if err != nil {
		s.Error, status = "The ledger cannot be read.", http.StatusInternalServerError
	}
	for _, a := range all {
		if !slices.Contains(a.Approvers, name) || a.State != agent.Waiting && a.State != agent.Approved {
			continue
		}
		if a.State == agent.Waiting {
			a.Facts = p.guard.Facts(r.Context(), a)
		}
		s.Waiting = append(s.Waiting, a)
	}
	p.render(w, status, s)
}

func (p *page) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormSize)
	token := r.PostFormValue("token")
	if _, err := p.tokens.Find(KindApprover, token); err != nil {
		if noteToken(p.guard, "approver's token") != nil {
			p.render(w, http.StatusInternalServerError, shown{Error: "The log cannot be written."})
			return
		}
		p.render(w, http.StatusForbidden, shown{Error: "This is not the token of an approver."})
		return
	}
	name, l := random(), login{token, random(), time.Now().Add(pageLogin)}
	p.mu.Lock()
	for old, known := range p.logins {
		if !time.Now().Before(known.until) {
			delete(p.logins, old)
		}
	}
	p.logins[name] = l
	p.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: pageCookie, Value: name, Path: "/approvals", MaxAge: int(pageLogin / time.Second),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/approvals", http.StatusSeeOther)
}

func (p *page) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(pageCookie); err == nil {
		p.mu.Lock()
		delete(p.logins, cookie.Value)
		p.mu.Unlock()
	}
	http.Redirect(w, r, "/approvals", http.StatusSeeOther)
}

func (p *page) decide(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormSize)
	name, l, ok := p.approver(r)
	if !ok || r.PostFormValue("form") != l.form {
		p.render(w, http.StatusForbidden, shown{Error: "Log in again: nothing was decided."})
		return
	}
	id, by := r.PostFormValue("id"), agent.Person{Name: name, User: p.user, From: "page"}
	err := errors.New("choose approve or refuse")
	switch r.PostFormValue("decision") {
	case "approve":
		err = p.guard.Ledger().Approve(r.Context(), p.guard.Log(), id, by)
	case "refuse":
		err = p.guard.Ledger().Refuse(r.Context(), p.guard.Log(), id, by)
	}
	if err != nil {
		p.list(w, r, http.StatusConflict, name, l, "Nothing was decided: "+err.Error())
		return
	}
	http.Redirect(w, r, "/approvals", http.StatusSeeOther)
}

func random() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
