package brexoauth

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// DefaultLifetime is how long an access token is taken to live where the response does not say, or
// not in a form that can be read.
const DefaultLifetime = time.Hour

// longestLifetime is the most that a response is believed: more is a mistake, in the unit for
// example.
const longestLifetime = 365 * 24 * time.Hour

// grant is what a token response holds. golang.org/x/oauth2 refuses the whole response when one
// member has another form than it expects, and with it the refresh token, which is given out once:
// so the response is read here, member by member. A member that is absent or cannot be read has its
// default.
type grant struct {
	access, refresh string
	kind            string // token_type, "Bearer" by default
	lifetime        time.Duration
	scopes          []string // empty where the response does not say
	code            string   // error
	broken          bool     // members may be lost
}

func readGrant(body []byte) grant {
	m, whole := readMembers(body)
	g := grant{broken: !whole, access: m.text("access_token"), refresh: m.text("refresh_token"), kind: strings.TrimSpace(m.text("token_type")),
		lifetime: m.lifetime("expires_in"), scopes: m.words("scope"), code: safeCode(m.text("error"))}
	if g.kind == "" {
		g.kind = "Bearer"
	}
	return g
}

// problem says why the access token cannot be used, in words that show nothing of it, or is "".
func (g grant) problem() string {
	switch {
	case g.access == "":
		return "the response holds no access token"
	case g.code != "":
		return "the response is an error's"
	case !strings.EqualFold(g.kind, "Bearer"):
		return "the response holds no bearer token"
	}
	if problem := wire.TokenProblem(g.access); problem != "" {
		return "in the response, " + problem
	}
	return ""
}

// responseMembers are the members of a response that is a JSON object, or a form.
type responseMembers map[string]json.RawMessage

// known finds the members that matter in a response that is not JSON: cut off, or with a value that
// JSON does not have.
var known = regexp.MustCompile(`"(access_token|refresh_token|token_type|scope|error)"\s*:\s*("(?:[^"\\]|\\.)*")`)

// readMembers reads a body whatever its content type: JSON, or else a form, or else what is whole
// in it.
func readMembers(body []byte) (m responseMembers, whole bool) {
	if json.Unmarshal(body, &m) == nil && m != nil {
		return m, true
	}
	m = responseMembers{}
	if form, err := url.ParseQuery(strings.TrimSpace(string(body))); err == nil && (form.Has("access_token") || form.Has("error")) {
		for name := range form {
			m[name], _ = json.Marshal(form.Get(name)) // a string always has a JSON form
		}
		return m, true
	}
	for _, found := range known.FindAllSubmatch(body, -1) {
		if name := string(found[1]); m[name] == nil {
			m[name] = found[2]
		}
	}
	return m, false
}

// text is a member that is a string, or "".
func (m responseMembers) text(name string) string {
	var s string
	_ = json.Unmarshal(m[name], &s)
	return s
}

// lifetime reads seconds: a number, or a string that holds one.
func (m responseMembers) lifetime(name string) time.Duration {
	said := m.text(name)
	if said == "" {
		said = string(m[name])
	}
	// A fraction of a second may be lost, which does no harm.
	seconds, err := strconv.ParseFloat(strings.TrimSpace(said), 64)
	if err != nil || !(seconds > 0 && seconds <= longestLifetime.Seconds()) {
		return DefaultLifetime
	}
	return time.Duration(seconds * float64(time.Second))
}

// words reads scopes: a string with spaces between them, or a list of strings.
func (m responseMembers) words(name string) []string {
	var list []string
	if json.Unmarshal(m[name], &list) == nil {
		return list
	}
	return strings.Fields(m.text(name))
}
