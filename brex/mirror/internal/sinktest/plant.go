package sinktest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/brex-go/sdk/gen/tables"
)

// planter puts a secret into every object of a response, under each name that a secret has in the documents, and in the place of
// every secret that is there.
type planter struct{ secret, account string }

func (p planter) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusOK {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if page, ok := v.(map[string]any); ok && page["items"] != nil {
		page["items"] = p.plant(page["items"], "")
	} else {
		v = p.plant(v, "")
	}
	if body, err = json.Marshal(v); err != nil {
		return nil, err
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}

// links open something for whoever has them, and are hidden by their path.
var links = map[string]bool{"referral_signup_url": true, "download_uris": true}

func (p planter) plant(v any, path string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			v[name] = p.plant(value, path+"."+name)
			if links[name] {
				v[name] = p.secret
			}
		}
		if _, money := v["currency"]; money && len(v) == 2 {
			return v
		}
		for name, account := range tables.SecretNames {
			if v[name] != nil && declared(strings.TrimPrefix(path+"."+name, ".")) {
				continue // the number of a flight
			}
			v[name] = p.secret
			if account {
				v[name] = p.account
			}
		}
		return v
	case []any:
		for i := range v {
			v[i] = p.plant(v[i], path)
		}
	}
	return v
}

func declared(path string) bool {
	for _, t := range tables.All {
		for _, d := range t.Declared {
			if d == path {
				return true
			}
		}
	}
	return false
}
