package webhook_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/wire"
)

// The vector that the libraries of Standard Webhooks share.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTime      = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestKnownVector(t *testing.T) {
	for _, secret := range []string{vectorSecret, strings.TrimPrefix(vectorSecret, "whsec_")} {
		got, err := webhook.Sign(secret, vectorID, time.Unix(vectorTime, 0), []byte(vectorBody))
		require.NoError(t, err)
		assert.Equal(t, vectorSignature, got)

		h := http.Header{}
		h.Set(webhook.HeaderID, vectorID)
		h.Set(webhook.HeaderTimestamp, strconv.Itoa(vectorTime))
		h.Set(webhook.HeaderSignature, vectorSignature)
		require.NoError(t, webhook.Verify([]byte(vectorBody), h, []string{secret}, at(time.Unix(vectorTime, 0))))
		require.NoError(t, webhook.Verify([]byte(vectorBody), h, []wire.Secret{wire.NewSecret(secret)}, at(time.Unix(vectorTime, 0))))
	}
}

func TestVerify(t *testing.T) {
	body := []byte(processed)
	good := signed(t, secretA, "msg_1", body).Get(webhook.HeaderSignature)
	other := signed(t, secretB, "msg_1", body).Get(webhook.HeaderSignature)
	forged := signed(t, secretC, "msg_1", body).Get(webhook.HeaderSignature)
	bare := strings.TrimPrefix(good, "v1,")
	for name, c := range map[string]struct {
		secrets []string // secretA when nil
		change  func(http.Header)
		body    string // processed when empty
		want    error
	}{
		"as sent":                      {},
		"two secrets, signed with old": {secrets: []string{secretB, secretA}},
		"two signatures, one secret":   {change: signature(other + " " + good)},
		"two signatures on two lines":  {change: func(h http.Header) { h[webhook.HeaderSignature] = []string{other, good} }},
		"two of each":                  {secrets: []string{secretC, secretA}, change: signature(other + " " + good)},
		"merged":                       {change: signature(good + ", " + forged)},
		"merged, the other way round":  {change: signature(forged + ", " + good)},
		"merged without spaces":        {change: signature(good + "," + forged)},
		"merged without, other way":    {change: signature(forged + "," + good)},
		"merged, comma then space":     {change: signature("v1,bad, " + good + ", v1a,AAAA")},
		"merged with empty elements":   {change: signature(", ," + forged + " ,, " + good + ",")},
		"merged and written anew":      {change: signature("v1, AAAA, v1, " + bare)},
		"merged, only forged":          {change: signature(forged + ", v1,bad"), want: webhook.ErrNoValidSignature},
		"merged, good of version 2":    {change: signature(forged + ",v2," + bare), want: webhook.ErrNoValidSignature},
		"other version first":          {change: signature("v1a,AAAA v2," + bare + " " + good)},
		"lower-case headers":           {change: lowerCase},
		"wrong secret":                 {secrets: []string{secretB}, want: webhook.ErrNoValidSignature},
		"forged":                       {change: signature(forged), want: webhook.ErrNoValidSignature},
		"many forged":                  {change: signature(strings.Repeat(forged+" ", 100)), want: webhook.ErrNoValidSignature},
		"as long as allowed":           {change: signature(strings.Repeat(" ", 8<<10-len(good)) + good)},
		"too long":                     {change: signature(strings.Repeat(" ", 8<<10-len(good)+1) + good), want: webhook.ErrMalformedHeader},
		"too long, on many lines": {change: func(h http.Header) { h[webhook.HeaderSignature] = slices.Repeat([]string{forged}, 200) },
			want: webhook.ErrMalformedHeader},
		"body changed":                  {body: strings.Replace(processed, "dptx_1", "dptx_2", 1), want: webhook.ErrNoValidSignature},
		"body reformatted":              {body: processed + "\n", want: webhook.ErrNoValidSignature},
		"id changed":                    {change: set(webhook.HeaderID, "msg_2"), want: webhook.ErrNoValidSignature},
		"time changed":                  {change: set(webhook.HeaderTimestamp, "1780000001"), want: webhook.ErrNoValidSignature},
		"only other versions":           {change: signature("v2," + bare), want: webhook.ErrNoValidSignature},
		"version in capitals":           {change: signature("V1," + bare), want: webhook.ErrNoValidSignature},
		"signature cut":                 {change: signature(good[:len(good)-1]), want: webhook.ErrNoValidSignature},
		"signature without a version":   {change: signature(bare), want: webhook.ErrMalformedHeader},
		"signature with nothing":        {change: signature("v1, , ,"), want: webhook.ErrMalformedHeader},
		"signature of commas":           {change: signature(" ,,"), want: webhook.ErrMalformedHeader},
		"signature of spaces":           {change: signature("  "), want: webhook.ErrMalformedHeader},
		"no signature":                  {change: del(webhook.HeaderSignature), want: webhook.ErrMissingHeader},
		"no id":                         {change: del(webhook.HeaderID), want: webhook.ErrMissingHeader},
		"no time":                       {change: del(webhook.HeaderTimestamp), want: webhook.ErrMissingHeader},
		"empty id":                      {change: set(webhook.HeaderID, ""), want: webhook.ErrMissingHeader},
		"two ids":                       {change: func(h http.Header) { h.Add(webhook.HeaderID, "msg_2") }, want: webhook.ErrMalformedHeader},
		"two times":                     {change: func(h http.Header) { h.Add(webhook.HeaderTimestamp, "1") }, want: webhook.ErrMalformedHeader},
		"id with a space":               {change: set(webhook.HeaderID, "msg 1"), want: webhook.ErrMalformedHeader},
		"id that begins a body":         {change: set(webhook.HeaderID, `msg_1.1780000000.{"a":"b`), want: webhook.ErrMalformedHeader},
		"id with an opening brace":      {change: set(webhook.HeaderID, "msg_1.1.{"), want: webhook.ErrMalformedHeader},
		"id with a closing brace":       {change: set(webhook.HeaderID, "msg_1.1.}"), want: webhook.ErrMalformedHeader},
		"id with a quote":               {change: set(webhook.HeaderID, `msg_1.1."`), want: webhook.ErrMalformedHeader},
		"id of 256 bytes":               {change: set(webhook.HeaderID, strings.Repeat("m", 256)), want: webhook.ErrMalformedHeader},
		"time with a sign":              {change: set(webhook.HeaderTimestamp, "+1780000000"), want: webhook.ErrMalformedHeader},
		"time with a fraction":          {change: set(webhook.HeaderTimestamp, "1780000000.0"), want: webhook.ErrMalformedHeader},
		"time with an underscore":       {change: set(webhook.HeaderTimestamp, "1780_000000"), want: webhook.ErrMalformedHeader},
		"time in hexadecimal":           {change: set(webhook.HeaderTimestamp, "0x6A18C500"), want: webhook.ErrMalformedHeader},
		"time in other digits":          {change: set(webhook.HeaderTimestamp, "١٧٨٠٠٠٠٠٠٠"), want: webhook.ErrMalformedHeader},
		"time beyond measure":           {change: set(webhook.HeaderTimestamp, "99999999999999999999"), want: webhook.ErrMalformedHeader},
		"time of the far future":        {change: set(webhook.HeaderTimestamp, "999999999999"), want: webhook.ErrTooNew},
		"time in milliseconds":          {change: set(webhook.HeaderTimestamp, "1780000000000"), want: webhook.ErrMalformedHeader},
		"time zero":                     {change: set(webhook.HeaderTimestamp, "0"), want: webhook.ErrTooOld},
		"no secrets":                    {secrets: []string{}, want: webhook.ErrNoSecret},
		"one of the secrets is empty":   {secrets: []string{secretA, ""}, want: webhook.ErrNoSecret},
		"one of the secrets is unusual": {secrets: []string{"not base64!", secretA}, want: webhook.ErrBadSecret},
	} {
		t.Run(name, func(t *testing.T) {
			h := signed(t, secretA, "msg_1", body)
			if c.change != nil {
				c.change(h)
			}
			if c.secrets == nil {
				c.secrets = []string{secretA}
			}
			sent := body
			if c.body != "" {
				sent = []byte(c.body)
			}
			err := webhook.Verify(sent, h, c.secrets, at(epoch))
			require.ErrorIs(t, err, c.want)
			if err != nil {
				for _, private := range []string{secretA, secretB, bare, "dptx"} {
					assert.NotContains(t, err.Error(), private)
				}
			}
		})
	}
}

func signature(s string) func(http.Header) { return set(webhook.HeaderSignature, s) }

func set(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }

func del(name string) func(http.Header) { return func(h http.Header) { h.Del(name) } }

func lowerCase(h http.Header) {
	for _, name := range []string{webhook.HeaderID, webhook.HeaderTimestamp, webhook.HeaderSignature} {
		h[strings.ToLower(name)] = h[name]
		delete(h, name)
	}
}

func TestVerifyTime(t *testing.T) {
	body := []byte(processed)
	for _, c := range []struct {
		off  time.Duration // of the clock
		opts []webhook.VerifyOption
		want error
	}{
		{off: 0},
		{off: 5 * time.Minute},
		{off: -5 * time.Minute},
		{off: 5*time.Minute + 1, want: webhook.ErrTooOld},
		{off: -5*time.Minute - 1, want: webhook.ErrTooNew},
		{off: 24 * time.Hour, want: webhook.ErrTooOld},
		{off: time.Hour, opts: []webhook.VerifyOption{webhook.WithTolerance(time.Hour)}},
		{off: -2 * time.Hour, opts: []webhook.VerifyOption{webhook.WithTolerance(time.Hour)}, want: webhook.ErrTooNew},
		{off: 2 * time.Second, opts: []webhook.VerifyOption{webhook.WithTolerance(time.Second)}, want: webhook.ErrTooOld},
	} {
		opts := slices.Concat(c.opts, []webhook.VerifyOption{at(epoch.Add(c.off))})
		require.ErrorIs(t, webhook.Verify(body, signed(t, secretA, "msg_1", body), []string{secretA}, opts...), c.want, "%v", c.off)
	}
	// The real clock is the default.
	require.ErrorIs(t, webhook.Verify(body, signed(t, secretA, "msg_1", body), []string{secretA},
		webhook.WithTolerance(time.Second)), map[bool]error{true: webhook.ErrTooOld, false: webhook.ErrTooNew}[time.Now().After(epoch)])

	for _, o := range []webhook.VerifyOption{webhook.WithTolerance(0), webhook.WithTolerance(-1), webhook.WithClock(nil), nil} {
		require.Error(t, webhook.Verify(body, signed(t, secretA, "msg_1", body), []string{secretA}, o))
	}
}

// An empty secret is what an unset variable gives. The public libraries of the scheme take it as a key.
func TestSecretsThatMustNotBecomeKeys(t *testing.T) {
	for secret, want := range map[string]error{
		"":                               webhook.ErrNoSecret,
		"  \n":                           webhook.ErrNoSecret,
		"whsec_":                         webhook.ErrNoSecret,
		"====":                           webhook.ErrBadSecret,
		"reprehenderit!":                 webhook.ErrBadSecret,
		secretA + "*":                    webhook.ErrBadSecret,
		secretA[:8] + "\n" + secretA[8:]: webhook.ErrBadSecret,
		base64.StdEncoding.EncodeToString([]byte("fifteen bytes..")):      webhook.ErrBadSecret,
		"whpk_" + base64.StdEncoding.EncodeToString(make([]byte, 32)):     webhook.ErrBadSecret,
		"whsk_" + base64.RawStdEncoding.EncodeToString(make([]byte, 64)):  webhook.ErrBadSecret,
		"whsec_whsec_" + base64.StdEncoding.EncodeToString([]byte("abc")): webhook.ErrBadSecret,
	} {
		_, err := webhook.NewVerifier(secret)
		require.ErrorIs(t, err, want, "%q", secret)
		require.ErrorIs(t, webhook.Verify([]byte("{}"), http.Header{}, []string{secret}), want, "%q", secret)
		_, err = webhook.Sign(secret, "msg_1", epoch, []byte("{}"))
		require.ErrorIs(t, err, want, "%q", secret)
		_, err = webhook.NewRequest(t.Context(), "https://example.com", secret, "{}")
		require.ErrorIs(t, err, want, "%q", secret)
		if strings.TrimSpace(secret) != "" {
			require.NotContains(t, err.Error(), secret)
		}
	}
	var none webhook.Verifier
	body := []byte(processed)
	require.ErrorIs(t, none.Verify(body, signed(t, secretA, "msg_1", body), at(epoch)), webhook.ErrNoSecret)
	require.ErrorIs(t, (*webhook.Verifier)(nil).Verify(body, signed(t, secretA, "msg_1", body), at(epoch)), webhook.ErrNoSecret)
	_, err := none.Current(t.Context())
	require.ErrorIs(t, err, webhook.ErrNoSecret)
	_, err = webhook.NewHandler(&none)
	require.ErrorIs(t, err, webhook.ErrNoSecret)
	_, err = webhook.NewHandler((*webhook.Verifier)(nil))
	require.ErrorIs(t, err, webhook.ErrNoSecret)
	_, err = webhook.NewHandler(nil)
	require.ErrorIs(t, err, webhook.ErrNoSecret)
}

func TestSecretsThatAreReal(t *testing.T) {
	body := []byte(processed)
	raw := []byte{0xfb, 0xff, 0xfe, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} // has + and / in base64
	want, err := webhook.Sign(base64.StdEncoding.EncodeToString(raw), "msg_1", epoch, body)
	require.NoError(t, err)
	for _, secret := range []string{
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw), "whsec_" + base64.StdEncoding.EncodeToString(raw),
		" " + base64.StdEncoding.EncodeToString(raw) + "\n",
	} {
		got, err := webhook.Sign(secret, "msg_1", epoch, body)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, size := range []int{16, 24, 32, 64, 128} {
		_, err := webhook.NewVerifier(base64.StdEncoding.EncodeToString(make([]byte, size)))
		require.NoError(t, err)
	}
}

func TestEmptyBody(t *testing.T) {
	h := signed(t, secretA, "msg_1", nil)
	require.ErrorIs(t, webhook.Verify(nil, h, []string{secretA}, at(epoch)), webhook.ErrEmptyBody)
	require.ErrorIs(t, webhook.Verify([]byte{}, h, []string{secretA}, at(epoch)), webhook.ErrEmptyBody)
}

func TestVerifierHidesItsSecrets(t *testing.T) {
	v := verifier(t, secretA, secretB)
	asJSON, err := json.Marshal(map[string]any{"v": v})
	require.NoError(t, err)
	l := &log{}
	slog.New(slog.NewTextHandler(l, nil)).Info("x", "v", v, "value", *v)
	h, _ := newHandler(t, webhook.On((&count{}).on))
	for _, text := range []string{
		fmt.Sprint(v), fmt.Sprintf("%v %+v %#v %s %d %x", v, v, v, v, v, v), fmt.Sprintf("%v %+v %#v %s %d %x", *v, *v, *v, *v, *v, *v),
		string(asJSON), l.String(), fmt.Sprintf("%v %+v %#v", h, h, h),
	} {
		for _, private := range []string{"the first", "116 104 101", "0x74, 0x68", secretA} {
			assert.NotContains(t, text, private)
		}
	}
	assert.Equal(t, "webhook.Verifier(2 secrets)", v.String())
}
