package brex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/brex-go/sdk/brex/wire"
)

// Nothing that can be printed shows the token, the header that carries it, a body, or a card or account number.
func TestNothingPrintsSecrets(t *testing.T) {
	const cardNumber, inBody = "4111111111111111", "body-secret-1234567"
	answerBody := `{"type":"T","message":"card 4111111111111111 declined","internal":"` + inBody + `"}`
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return reply(400, answerBody, "Set-Cookie", "session="+inBody), nil
	}))
	var response Response
	_, err := send(t.Context(), client, opDeclared, WithResponse(&response))
	failure := asError(t, err)

	var union wire.Union
	if err := json.Unmarshal([]byte(`{"type":"WIRE","account_number":"`+cardNumber+`"}`), &union); err != nil {
		t.Fatal(err)
	}
	type account struct {
		Number Secret
		Owner  wire.Union
		Change Nullable[Secret]
	}
	number := NewSecret(cardNumber)
	value := account{number, union, Set(number)}
	for name, v := range map[string]any{
		"error":           failure,
		"error value":     *failure,
		"wrapped error":   fmt.Errorf("paying: %w", failure),
		"client":          client,
		"client value":    *client,
		"service":         client.Expenses,
		"service value":   *client.Expenses,
		"caller":          client.Caller(),
		"config":          client.caller,
		"option":          WithToken(testToken),
		"call option":     WithIdempotencyKey("key"),
		"response":        response,
		"response ptr":    &response,
		"secret":          number,
		"secrets":         []Secret{number},
		"secret map":      map[string]Secret{"number": number},
		"secret nullable": Set(number),
		"union":           union,
		"set union":       wire.NewUnion(account{Number: number}),
		"unknown":         wire.Value(union, "type", nil),
		"struct":          value,
		"struct ptr":      &value,
	} {
		var shown []string
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			shown = append(shown, fmt.Sprintf(verb, v))
		}
		shown = append(shown, fmt.Sprint(v), fmt.Sprintln(v))
		var out bytes.Buffer
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		shown = append(shown, out.String())
		out.Reset()
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		if !strings.Contains(name, "secrets") && !strings.Contains(name, "map") && !strings.Contains(name, "struct") && !strings.Contains(name, "nullable") {
			shown = append(shown, out.String()) // encoding/json shows what it is given to send: Secret's doc says so
		}
		for _, text := range shown {
			for _, secret := range []string{testToken, cardNumber, inBody, "Bearer", fmt.Sprintf("%x", cardNumber), fmt.Sprintf("%x", inBody), fmt.Sprint([]byte(inBody)), fmt.Sprint([]byte(cardNumber))} {
				if strings.Contains(text, strings.Trim(secret, "[]")) {
					t.Errorf("%s shows %q: %s", name, secret, text)
				}
			}
		}
	}
	if value.Number.Reveal() != cardNumber || !bytes.Contains(failure.RawBody(), []byte(inBody)) || !bytes.Contains(response.Body, []byte(inBody)) {
		t.Error("what is hidden cannot be asked for")
	}
}

// A server, or a proxy before it, that repeats the request in its error shows none of it by us.
func TestEchoesAreHidden(t *testing.T) {
	const own = "own-header-secret"
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		echo := fmt.Sprint(r.Header["X-Own"], r.URL.RawQuery, r.Header["Authorization"])
		return reply(400, fmt.Sprintf(`{"type":%q,"code":%q,"message":%q}`, echo, echo, echo), "X-Brex-Trace-Id", echo), nil
	}))
	query := wire.Query{}
	query.String("email", "someone@example.com")
	err := client.caller.Call(t.Context(), &wire.Request{Op: opList, Query: query,
		Options: []CallOption{WithHeader("X-Own", own), WithHeader("X-Own", "short")}}, &struct{}{})
	e := asError(t, err)
	for _, text := range []string{e.Error(), e.Type, e.Code, e.Message, e.TraceID} {
		if strings.Contains(text, testToken) || strings.Contains(text, own) || strings.Contains(text, "someone") || !strings.Contains(text, "[header]") {
			t.Error(text)
		}
	}
}

// What New and NewFromEnv say about a bad option repeats no secret.
func TestOptionErrorsHideSecrets(t *testing.T) {
	const secret = "hunter2-hunter2"
	for name, opt := range map[string]Option{
		"user in the base URL":  WithBaseURL("https://me:" + secret + "@api.brex.com"),
		"user, other scheme":    WithBaseURL("ftp://me:" + secret + "@api.brex.com"),
		"user, not a URL":       WithBaseURL("https://me:" + secret + "@api.brex.com:port"),
		"user in the card URL":  WithCardNumberURL("http://" + secret + "@localhost"),
		"token with line break": WithToken(secret + "\n"),
		"token not ASCII":       WithToken(secret + "é"),
	} {
		_, err := New(WithToken(testToken), opt)
		if !errors.Is(err, ErrUsage) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Setenv("BREX_TOKEN", secret+"\r\n")
	if _, err := NewFromEnv(); !errors.Is(err, ErrUsage) || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "BREX_TOKEN") {
		t.Errorf("BREX_TOKEN with a line break: %v", err)
	}
}
