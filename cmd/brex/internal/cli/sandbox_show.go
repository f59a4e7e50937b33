package cli

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex/brextest"
)

// sandboxAddress is what the command prints.
type sandboxAddress struct {
	BaseURL   string            `json:"base_url"`
	UploadURL string            `json:"upload_url"` // files go to the same place, below /uploads
	Issuer    string            `json:"oauth_issuer"`
	Page      string            `json:"page"`
	Tokens    map[string]string `json:"tokens"` // by role
}

// announce says where the sandbox is and how to call it.
func (a *App) announce(h *brextest.Handler, base string, restored bool) error {
	s := sandboxAddress{
		BaseURL: base, UploadURL: base + brextest.UploadPath, Issuer: base + brextest.IssuerPath, Page: base + brextest.ControlPath,
		Tokens: map[string]string{
			"admin":     h.TokenFor(brextest.RoleAdmin),
			"employee":  h.TokenFor(brextest.RoleEmployee),
			"read_only": readOnlyToken,
		},
	}
	if a.flags.output.raw() {
		raw, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout{a.Stdout}, "%s\n", raw)
		return err
	}
	state := "a new company"
	if restored {
		state = "continued from the snapshot"
	}
	_, err := fmt.Fprintf(stdout{a.Stdout}, `Brex sandbox, %s. Ctrl-C ends it.

  API            %s
  Uploads        %s
  OAuth issuer   %s
  Page           %s

  Admin token      %s
  Employee token   %s
  Read-only token  %s

Try it:
  curl -H 'Authorization: Bearer %s' %s/v2/users/me

With the other commands:
  export BREX_BASE_URL=%s BREX_TOKEN=%s
`, state, s.BaseURL, s.UploadURL, s.Issuer, s.Page, s.Tokens["admin"], s.Tokens["employee"], s.Tokens["read_only"],
		s.Tokens["admin"], s.BaseURL, s.BaseURL, s.Tokens["admin"])
	return err
}

// localOnly refuses what reaches the sandbox by a name that somebody has pointed at this machine: the tokens of a made-up company
// can be guessed, and a page in a browser could use them that way.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.ToLower(strings.Trim(host, "[]"))
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			http.Error(w, "the sandbox is reached as localhost or 127.0.0.1 only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// amountOfRows is how many there are.
type amountOfRows struct {
	n   int
	set bool
}

func (v *amountOfRows) String() string { return "" }
func (v *amountOfRows) Type() string   { return "n" }
func (v *amountOfRows) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 5_000_000 {
		return badValue("must be a whole number, 0 to 5000000")
	}
	v.n, v.set = n, true
	return nil
}

// rateValue is a share.
type rateValue float64

func (v *rateValue) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) }
func (v *rateValue) Type() string   { return "share" }
func (v *rateValue) Set(s string) error {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		return badValue("must be between 0 and 1, such as 0.1")
	}
	*v = rateValue(f)
	return nil
}

// retryHints are the values of --retry-after, as brextest.RetryHint counts them.
var retryHints = []string{"seconds", "date", "none"}

type hintValue struct{ hint brextest.RetryHint }

func (v *hintValue) String() string { return retryHints[v.hint] }
func (v *hintValue) Type() string   { return "form" }
func (v *hintValue) Set(s string) error {
	i := slices.Index(retryHints, s)
	if i < 0 {
		return badValue("is one of " + strings.Join(retryHints, ", "))
	}
	v.hint = brextest.RetryHint(i)
	return nil
}
