package webhook_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/brex-go/sdk/brex/webhook"
)

// What verifies was signed: with the id, the time and the body that were sent, by one of the secrets.
func FuzzVerify(f *testing.F) {
	good := signed(f, secretA, "msg_1", []byte(processed)).Get(webhook.HeaderSignature)
	stamp := strconv.FormatInt(epoch.Unix(), 10)
	f.Add("msg_1", stamp, good, []byte(processed), secretA)
	f.Add("msg_1", stamp, "v2,abc "+good+" v1,", []byte(processed), "whsec_"+secretA)
	f.Add("msg_1", "-1", good, []byte(processed), "")
	f.Add("", "", "", []byte(nil), "whsec_")
	f.Add("msg_1."+stamp+".{", stamp, "v1", []byte("{"), "A===")
	f.Fuzz(func(t *testing.T, id, stamp, signatures string, body []byte, secret string) {
		h := http.Header{}
		h.Set(webhook.HeaderID, id)
		h.Set(webhook.HeaderTimestamp, stamp)
		h.Set(webhook.HeaderSignature, signatures)
		if webhook.Verify(body, h, []string{secret}, at(epoch)) != nil {
			return
		}
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil || seconds < epoch.Unix()-300 || seconds > epoch.Unix()+300 {
			t.Fatalf("the time %q was accepted", stamp)
		}
		if len(strings.TrimSpace(secret)) < 22 || len(body) == 0 {
			t.Fatalf("a short secret or an empty body was accepted: %q %q", secret, body)
		}
		want, err := webhook.Sign(secret, id, time.Unix(seconds, 0), body)
		if err != nil {
			t.Fatal(err)
		}
		// Sign writes the time without leading zeros, which a sender is free to add.
		if stamp[0] != '0' && !strings.Contains(" "+signatures+" ", want) {
			t.Fatalf("%q was accepted, but is not %q", signatures, want)
		}
	})
}

// Whatever parses is an event with a type, and stays what it is when it is encoded.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 9 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{"", "{}", "null", `{"event_type":"NEW"}`, `{"event_type":"USER_UPDATED","user_id":1}`, `{"event_type":`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := webhook.Parse(body)
		if err != nil {
			if event != nil {
				t.Fatal("an event beside an error")
			}
			return
		}
		if event.Type() == "" {
			t.Fatal("an event without a type")
		}
		r, err := webhook.NewRequest(t.Context(), "https://example.com", secretA, event, webhook.WithTime(epoch))
		if err != nil {
			t.Fatal(err)
		}
		again, err := webhook.Parse(bodyOf(t, r))
		if err != nil {
			t.Fatal(err)
		}
		if again.Type() != event.Type() || again.Company() != event.Company() {
			t.Fatalf("%v of %q became %v of %q", event.Type(), event.Company(), again.Type(), again.Company())
		}
	})
}
