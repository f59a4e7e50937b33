package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// dryRequest is a request that was not sent. It holds neither a token nor any other header.
type dryRequest struct {
	Operation string          `json:"operation"`
	Host      string          `json:"host"`
	Method    string          `json:"method"`
	Path      string          `json:"path"`
	Query     url.Values      `json:"query"`
	Key       string          `json:"idempotency_key,omitempty"` // only one that was given: the others are new for each call
	Body      json.RawMessage `json:"body"`
}

// showRequest prints a request that is not sent.
func (a *App) showRequest(s *session, p *brex.Prepared, key string) error {
	if a.flags.curl {
		return a.printCurl(s, p)
	}
	query, err := url.ParseQuery(p.Query)
	if err != nil {
		return err
	}
	got := dryRequest{Operation: p.Operation.ID, Host: s.host(), Method: p.Method, Path: p.Path, Query: query, Body: p.Body, Key: key}
	if a.flags.output.Raw() {
		raw, err := json.Marshal(got)
		if err != nil {
			return err
		}
		return printObject(a, nil, struct{}{}, raw)
	}
	var b bytes.Buffer
	line := got.Path
	if len(got.Query) > 0 {
		line += "?" + got.Query.Encode()
	}
	fmt.Fprintf(&b, "%s %s\nHost: %s\nAuthorization: Bearer [redacted]\n", got.Method, line, got.Host)
	if key != "" {
		fmt.Fprintf(&b, "Idempotency-Key: %s\n", key)
	}
	if got.Body != nil {
		body, err := output.JSONLine(got.Body, a.flags.showSecrets)
		if err != nil {
			return err
		}
		b.WriteString("Content-Type: application/json\n\n")
		if err := json.Indent(&b, body, "", "  "); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	_, err = stdout{a.Stdout}.Write(b.Bytes())
	return err
}

// printCurl prints a request as a command for a shell. The token stays in the environment. A body with secrets is printed only
// when they are to be shown: without them the command would send something else.
func (a *App) printCurl(s *session, p *brex.Prepared) error {
	if s.inMemory {
		return usagef("-o curl: the sandbox of --sandbox is in memory and has no address; brex sandbox start makes one that has, for --profile %s", sandboxProfile)
	}
	address := strings.TrimSuffix(s.base, "/") + p.Path
	if p.Query != "" {
		address += "?" + p.Query
	}
	parts := []string{"curl", "--fail-with-body", "--globoff", "--path-as-is", "-X", p.Method, quote(address), "-H", `"Authorization: Bearer $BREX_TOKEN"`}
	if p.Key != "" {
		parts = append(parts, "-H", quote("Idempotency-Key: "+p.Key))
	}
	if p.Body != nil {
		body, err := output.JSONLine(p.Body, false)
		if err != nil {
			return err
		}
		shown, err := output.JSONLine(p.Body, true)
		if err != nil || !bytes.Equal(shown, body) && !a.flags.showSecrets {
			return usagef("-o curl: the body holds account numbers or other secrets; add --show-secrets to print them")
		}
		parts = append(parts, "-H", quote("Content-Type: application/json"), "--data-raw", quote(string(shown))) // the same JSON, without what a terminal would act on
	}
	_, err := fmt.Fprintln(stdout{a.Stdout}, strings.Join(parts, " "))
	return err
}

// quote quotes a word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// hostOf is the host of an address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return u.Host
}

// redacted is JSON without its secrets.
func redacted(text []byte) string {
	line, err := output.JSONLine(text, false)
	if err != nil {
		return "[redacted]"
	}
	return string(line)
}

func isSecretMember(name string) bool { return wire.IsSecretMember(name) }

// lastPathID is the last id in an escaped path of the form of pattern.
func lastPathID(pattern, path string) (id string) {
	got := strings.Split(path, "/")
	for i, part := range strings.Split(pattern, "/") {
		if strings.HasPrefix(part, "{") && i < len(got) {
			id, _ = url.PathUnescape(got[i]) // an id that cannot be read is none
		}
	}
	return id
}
