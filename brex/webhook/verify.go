package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// Headers of a delivery, as Brex's page "Webhooks" names them.
const (
	HeaderID        = "Webhook-Id"        // the same when a delivery is sent again
	HeaderTimestamp = "Webhook-Timestamp" // when this attempt was sent, in Unix seconds
	HeaderSignature = "Webhook-Signature" // entries "v1,<base64>", separated by spaces
)

// DefaultTolerance is how far a delivery's timestamp may lie from the clock, in both directions,
// unless WithTolerance says otherwise.
const DefaultTolerance = 5 * time.Minute

// MinSecretSize is the least number of bytes a decoded secret must have. Standard Webhooks asks for
// 24 to 64. Brex documents no length, so the limit is lower: it refuses what can be guessed, and
// should never refuse a real secret.
const MinSecretSize = 16

// Errors of Verify, NewVerifier and Parse, for errors.Is. No error holds a secret, a signature or a
// body.
var (
	ErrNoSecret         = errors.New("webhook: no signing secret")                      // none given, or an empty one
	ErrBadSecret        = errors.New("webhook: unusable signing secret")                // not base64, or shorter than MinSecretSize
	ErrMissingHeader    = errors.New("webhook: missing header")                         // not signed at all
	ErrMalformedHeader  = errors.New("webhook: malformed header")                       // not what Brex sends
	ErrTooOld           = errors.New("webhook: timestamp too old")                      // sent longer ago than the tolerance, or replayed
	ErrTooNew           = errors.New("webhook: timestamp too new")                      // a clock is wrong
	ErrNoValidSignature = errors.New("webhook: no valid signature")                     // no secret fits any v1 entry
	ErrEmptyBody        = errors.New("webhook: the body is empty, or was read already") // from Verify and Parse
)

// SigningSecret is the type of a signing secret: a string, or the brex.Secret that
// brex.WebhooksService.Secrets returns.
type SigningSecret interface{ string | wire.Secret }

func reveal[S SigningSecret](secret S) string {
	if hidden, ok := any(secret).(wire.Secret); ok {
		return hidden.Reveal()
	}
	return any(secret).(string)
}

// Verifier holds valid signing secrets. It never changes and is safe for concurrent use. It is also
// the SecretSource of a Handler whose secrets are fixed.
type Verifier struct{ keys []wire.Secret }

// NewVerifier returns a Verifier with the secrets as Brex returns them, base64 with or without the
// prefix "whsec_". While secrets are rotated there are two. Every secret must be usable: an empty
// one is ErrNoSecret, and one that is not base64 or too short is ErrBadSecret. An empty secret must
// never become a key: anyone can sign with it.
func NewVerifier[S SigningSecret](secrets ...S) (*Verifier, error) {
	if len(secrets) == 0 {
		return nil, ErrNoSecret
	}
	v := &Verifier{}
	for i, s := range secrets {
		key, err := decodeSecret(reveal(s))
		if err != nil {
			return nil, fmt.Errorf("%w (secret %d of %d)", err, i+1, len(secrets))
		}
		v.keys = append(v.keys, wire.NewSecret(string(key)))
	}
	return v, nil
}

func decodeSecret(s string) ([]byte, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "whsec_")
	if s == "" {
		return nil, fmt.Errorf("%w: it is empty", ErrNoSecret)
	}
	if strings.HasPrefix(s, "whsk_") || strings.HasPrefix(s, "whpk_") {
		return nil, fmt.Errorf("%w: it is a key of the asymmetric scheme", ErrBadSecret)
	}
	encoding := base64.StdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.URLEncoding
	}
	if !strings.HasSuffix(s, "=") {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	key, err := encoding.DecodeString(s)
	switch {
	case err != nil || strings.ContainsAny(s, "\r\n"): // the decoder skips line ends
		return nil, fmt.Errorf("%w: it is not base64", ErrBadSecret)
	case len(key) < MinSecretSize:
		return nil, fmt.Errorf("%w: it decodes to %d bytes, fewer than %d", ErrBadSecret, len(key), MinSecretSize)
	}
	return key, nil
}

// Verify checks that body, exactly as received, was signed with one of the secrets, and recently
// (see WithTolerance). The error says what is wrong.
func (v *Verifier) Verify(body []byte, header http.Header, opts ...VerifyOption) error {
	cfg, err := newVerifyConfig(opts)
	if err != nil {
		return err
	}
	e, err := openEnvelope(header)
	if err != nil {
		return err
	}
	if err := e.checkTime(cfg); err != nil {
		return err
	}
	if len(body) == 0 {
		return ErrEmptyBody
	}
	e.body = body
	return v.checkSignature(e)
}

// Verify checks that body, exactly as received, was signed with one of the secrets, and recently
// (see WithTolerance). Use a Verifier for many deliveries, and a Handler to handle their events.
func Verify[S SigningSecret](body []byte, header http.Header, secrets []S, opts ...VerifyOption) error {
	v, err := NewVerifier(secrets...)
	if err != nil {
		return err
	}
	return v.Verify(body, header, opts...)
}

// String returns the number of secrets.
func (v Verifier) String() string { return fmt.Sprintf("webhook.Verifier(%d secrets)", len(v.keys)) }

// Format prints String for every verb, which hides the secrets.
func (v Verifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// LogValue returns String, which hides the secrets.
func (v Verifier) LogValue() slog.Value { return slog.StringValue(v.String()) }

func (v *Verifier) checkSignature(e envelope) error {
	if v == nil || len(v.keys) == 0 {
		return ErrNoSecret
	}
	// Every entry is compared with every key, so that the time taken does not show which of them
	// matches.
	found := 0
	for _, key := range v.keys {
		want := []byte(sign([]byte(key.Reveal()), e.id, e.timestamp, e.body))
		for _, got := range e.signatures {
			found |= subtle.ConstantTimeCompare(want, []byte(got))
		}
	}
	if found == 0 {
		return ErrNoValidSignature
	}
	return nil
}

// sign is the base64 of the HMAC; it is what stands after "v1,".
func sign(key []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+timestamp+".")
	_, _ = mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// envelope is a delivery as its headers describe it, before anything in it is believed.
type envelope struct {
	id, timestamp string
	at            time.Time
	signatures    []string // the v1 entries
	body          []byte
}

// openEnvelope reads the headers, so that a delivery can be refused before its body is read.
func openEnvelope(header http.Header) (e envelope, err error) {
	if e.id, err = single(header, HeaderID); err != nil {
		return e, err
	}
	if !validID(e.id) {
		return e, fmt.Errorf("%w: %s", ErrMalformedHeader, HeaderID)
	}
	if e.timestamp, err = single(header, HeaderTimestamp); err != nil {
		return e, err
	}
	seconds, err := strconv.ParseUint(e.timestamp, 10, 40) // digits only: ParseUint takes no sign
	if err != nil {
		return e, fmt.Errorf("%w: %s is not a number of seconds", ErrMalformedHeader, HeaderTimestamp)
	}
	e.at = time.Unix(int64(seconds), 0)
	lists := values(header, HeaderSignature)
	if len(lists) == 0 {
		return e, fmt.Errorf("%w: %s", ErrMissingHeader, HeaderSignature)
	}
	size := 0
	for _, list := range lists {
		if size += len(list); size > maxSignaturesSize {
			return e, fmt.Errorf("%w: %s is longer than %d bytes", ErrMalformedHeader, HeaderSignature, maxSignaturesSize)
		}
	}
	var found bool
	if e.signatures, found = signaturesIn(strings.Join(lists, " ")); !found {
		return e, fmt.Errorf("%w: %s has no entry like v1,<base64>", ErrMalformedHeader, HeaderSignature)
	}
	return e, nil
}

// signaturesIn returns what follows each "v1" in a list of entries "version,signature", and whether
// the list has any entry. A comma separates the two halves of an entry, and also whole entries once
// a gateway has merged several header lines into one (RFC 9110, section 5.3): neither half can hold
// a comma, so that both are read alike and the order of the entries does not matter.
func signaturesIn(list string) (signatures []string, found bool) {
	parts := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	for i := 1; i < len(parts); i++ {
		if parts[i-1] == "v1" {
			signatures = append(signatures, parts[i])
		}
	}
	return signatures, len(parts) > 1
}

func (e envelope) checkTime(cfg verifyConfig) error {
	switch age := cfg.now().Sub(e.at); {
	case age > cfg.tolerance:
		return ErrTooOld
	case age < -cfg.tolerance:
		return ErrTooNew
	}
	return nil
}

// maxSignaturesSize bounds the signatures of a delivery, in bytes: room for 170, and too little to
// keep a server busy with.
const maxSignaturesSize = 8 << 10

// maxIDSize bounds a Webhook-Id, in bytes; a SQLStore has room for that much.
const maxIDSize = 255

// validID accepts visible ASCII without quotes and braces. An id is signed without its length: were
// it allowed to hold what a body begins with, the three signed parts could be cut in other places.
func validID(id string) bool {
	if id == "" || len(id) > maxIDSize {
		return false
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '{' || c == '}' {
			return false
		}
	}
	return true
}

// values also finds headers that were not put in through http.Header's methods, as adapters of
// other servers do.
func values(header http.Header, name string) []string {
	if v := header.Values(name); len(v) > 0 {
		return v
	}
	for k, v := range header {
		if strings.EqualFold(k, name) && len(v) > 0 {
			return v
		}
	}
	return nil
}

func single(header http.Header, name string) (string, error) {
	switch v := values(header, name); {
	case len(v) == 0 || len(v) == 1 && v[0] == "":
		return "", fmt.Errorf("%w: %s", ErrMissingHeader, name)
	case len(v) > 1:
		return "", fmt.Errorf("%w: %s is there %d times", ErrMalformedHeader, name, len(v))
	default:
		return v[0], nil
	}
}
