package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

func TestHandlerHandlesAnEventOnce(t *testing.T) {
	var got webhook.Delivery
	var event *webhook.TransferProcessed
	calls := 0
	h, l := newHandler(t, webhook.On(func(ctx context.Context, e *webhook.TransferProcessed) error {
		calls++
		event = e
		got, _ = webhook.DeliveryFrom(ctx)
		deadline, ok := ctx.Deadline()
		assert.True(t, ok)
		assert.WithinDuration(t, time.Now().Add(webhook.DefaultTimeout), deadline, 10*time.Second)
		return nil
	}))
	w := record(h, request(t, processed, webhook.WithID("msg_1")))
	require.Equal(t, http.StatusOK, w.Code)
	require.Empty(t, w.Body.String())
	require.Equal(t, "dptx_1", event.TransferID)
	require.Equal(t, "msg_1", got.ID)
	require.Equal(t, epoch, got.Timestamp)
	require.Equal(t, processed, string(got.Body))
	require.NotEmpty(t, got.Header.Get(webhook.HeaderSignature))
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %d %v", got, got, got, got, got.LogValue()), "dptx")
	require.NotContains(t, fmt.Sprintf("%d", got), "100 112 116 120")

	// Sent again, with a new time and so a new signature.
	require.Equal(t, http.StatusOK, serve(h, request(t, processed, webhook.WithID("msg_1"), webhook.WithTime(epoch.Add(time.Minute)))))
	require.Equal(t, 1, calls)
	require.Equal(t, http.StatusOK, serve(h, request(t, processed, webhook.WithID("msg_2"))))
	require.Equal(t, 2, calls)
	require.Empty(t, l.String())

	_, ok := webhook.DeliveryFrom(t.Context())
	require.False(t, ok)
}

func TestHandlerRefuses(t *testing.T) {
	plain := func(method, body string) *http.Request {
		return httptest.NewRequestWithContext(t.Context(), method, "/brex", reader(body))
	}
	withBody := func(body []byte) *http.Request { return request(t, body) }
	for name, c := range map[string]struct {
		request *http.Request
		want    int
		logged  string
	}{
		"GET":             {plain(http.MethodGet, ""), 405, ""},
		"HEAD":            {plain(http.MethodHead, ""), 405, ""},
		"PUT":             {plain(http.MethodPut, processed), 405, ""},
		"not signed":      {plain(http.MethodPost, processed), 401, "missing header"},
		"forged":          {requestSigned(t, secretC, processed), 401, "no valid signature"},
		"old":             {request(t, processed, webhook.WithTime(epoch.Add(-time.Hour))), 401, "too old"},
		"new":             {request(t, processed, webhook.WithTime(epoch.Add(time.Hour))), 401, "too new"},
		"empty":           {withBody([]byte{}), 401, "empty"},
		"not an event":    {withBody([]byte("[]")), 400, "not an event"},
		"no type":         {withBody([]byte(`{"a":1}`)), 400, "no event_type"},
		"largest allowed": {withBody(sized(webhook.MaxBodySize)), 200, ""},
		"too large":       {withBody(sized(webhook.MaxBodySize + 1)), 413, "too large"},
		"not readable":    {withReader(request(t, processed), iotest.ErrReader(errors.New("cut off"))), 400, "cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			c0 := &count{}
			h, l := newHandler(t, webhook.On(c0.on))
			w := record(h, c.request)
			require.Equal(t, c.want, w.Code)
			if c.want == 200 {
				require.Equal(t, 1, c0.calls())
				return
			}
			require.Zero(t, c0.calls())
			assert.Equal(t, http.StatusText(c.want)+"\n", w.Body.String(), "no detail for strangers")
			if c.want == 405 {
				assert.Equal(t, "POST", w.Header().Get("Allow"))
			}
			assert.Contains(t, l.String(), c.logged)
			for _, private := range []string{"dptx_1", "v1,", secretA} {
				assert.NotContains(t, l.String(), private)
			}
		})
	}
}

func withReader(r *http.Request, body io.Reader) *http.Request {
	r.Body = io.NopCloser(body)
	return r
}

// Strangers cannot make a server hold bodies: what the headers alone show to be wrong is refused without a byte of the body.
func TestHandlerReadsNoBodyBehindWrongHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*http.Request)
		want  int
	}{
		"not signed":   {func(r *http.Request) { r.Header = http.Header{} }, 401},
		"no signature": {func(r *http.Request) { r.Header.Del(webhook.HeaderSignature) }, 401},
		"no id":        {func(r *http.Request) { r.Header.Del(webhook.HeaderID) }, 401},
		"odd id":       {func(r *http.Request) { r.Header.Set(webhook.HeaderID, "a b") }, 401},
		"old":          {func(r *http.Request) { r.Header.Set(webhook.HeaderTimestamp, "1700000000") }, 401},
		"new":          {func(r *http.Request) { r.Header.Set(webhook.HeaderTimestamp, "1900000000") }, 401},
		"too large":    {func(r *http.Request) { r.ContentLength = webhook.MaxBodySize + 1 }, 413},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := newHandler(t, webhook.On((&count{}).on))
			r := withReader(request(t, processed), neverRead{t})
			c.spoil(r)
			require.Equal(t, c.want, serve(h, r))
		})
	}
}

type neverRead struct{ t *testing.T }

func (r neverRead) Read([]byte) (int, error) {
	r.t.Error("the body was read")
	return 0, io.EOF
}

// panicking is a SecretSource that panics where it is told to.
type panicking struct {
	*webhook.Verifier
	current bool
}

func (p panicking) Current(context.Context) (*webhook.Verifier, error) {
	if p.current {
		panic("source panic")
	}
	return p.Verifier, nil
}

func (panicking) Refresh(context.Context, *webhook.Verifier) (*webhook.Verifier, error) {
	panic("source panic")
}

func TestHandlerWithASourceThatPanics(t *testing.T) {
	for _, source := range []panicking{{verifier(t, secretA), true}, {verifier(t, secretB), false}} {
		c := &count{}
		h, l := newHandlerWith(t, source, webhook.On(c.on))
		w := record(h, request(t, processed))
		require.Equal(t, 503, w.Code, "Brex is to send it again")
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		require.Contains(t, l.String(), "source panic")
		require.Zero(t, c.calls())
	}
}

// sized is a transfer of n bytes.
func sized(n int) []byte {
	body := strings.TrimSuffix(processed, "}") + `,"x":"`
	return []byte(body + strings.Repeat("x", n-len(body)-2) + `"}`)
}

func TestHandlerResend(t *testing.T) {
	c := &count{err: errors.New("ledger is down")}
	h, l := newHandler(t, webhook.On(c.on))
	send := func() int { return serve(h, request(t, processed, webhook.WithID("msg_1"))) }
	require.Equal(t, 500, send())
	require.Contains(t, l.String(), "ledger is down")
	require.Contains(t, l.String(), "webhook_id=msg_1")
	require.Equal(t, 500, send())
	c.fail(nil)
	require.Equal(t, 200, send())
	require.Equal(t, 200, send())
	require.Equal(t, 3, c.calls())

	c.fail(fmt.Errorf("a company that left: %w", webhook.ErrSkip))
	require.Equal(t, 200, serve(h, request(t, processed, webhook.WithID("msg_2"))))
	require.Contains(t, l.String(), "a company that left")
	require.Equal(t, 200, serve(h, request(t, processed, webhook.WithID("msg_2"))))
	require.Equal(t, 4, c.calls())
}

func TestHandlerPanics(t *testing.T) {
	how := func() { panic("boom") }
	h, l := newHandler(t, webhook.On(func(context.Context, *webhook.TransferProcessed) error {
		how()
		return nil
	}))
	send := func() int { return serve(h, request(t, processed, webhook.WithID("msg_1"))) }
	require.Equal(t, 500, send())
	require.Contains(t, l.String(), "panic=boom")
	how = func() { panic(http.ErrAbortHandler) }
	require.Equal(t, 500, send())

	// A goroutine that ends, as t.FailNow does it, gives the id back as well.
	how = runtime.Goexit
	var wg sync.WaitGroup
	wg.Go(func() { send() })
	wg.Wait()

	how = func() {}
	require.Equal(t, 200, send())
}

func TestHandlerConcurrentDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan error)
		calls := 0
		h, _ := newHandler(t, webhook.On(func(context.Context, *webhook.TransferProcessed) error {
			calls++
			return <-release
		}))
		send := func() *httptest.ResponseRecorder { return record(h, request(t, processed, webhook.WithID("msg_1"))) }
		for _, outcome := range []error{errors.New("failed"), nil} {
			first := make(chan int)
			go func() { first <- send().Code }()
			synctest.Wait() // the first is in its callback
			for range 3 {
				w := send()
				require.Equal(t, 503, w.Code)
				require.Equal(t, "10", w.Header().Get("Retry-After"))
			}
			release <- outcome
			require.Equal(t, map[bool]int{true: 200, false: 500}[outcome == nil], <-first)
		}
		require.Equal(t, 200, send().Code)
		require.Equal(t, 2, calls)
	})
}

// Brex hanging up does not stop the callback, whose success then counts.
func TestHandlerOutlivesTheConnection(t *testing.T) {
	c := &count{}
	h, _ := newHandler(t, webhook.On(func(ctx context.Context, e *webhook.TransferProcessed) error {
		assert.NoError(t, ctx.Err())
		return c.on(ctx, e)
	}))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, 200, serve(h, request(t, processed, webhook.WithID("msg_1")).WithContext(gone)))
	require.Equal(t, 200, serve(h, request(t, processed, webhook.WithID("msg_1"))))
	require.Equal(t, 1, c.calls())
}

func TestHandlerTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, l := newHandler(t, webhook.WithTimeout(3*time.Second), webhook.On(func(ctx context.Context, _ *webhook.TransferProcessed) error {
			<-ctx.Done()
			return ctx.Err()
		}))
		began := time.Now()
		require.Equal(t, 500, serve(h, request(t, processed)))
		require.Equal(t, 3*time.Second, time.Since(began))
		require.Contains(t, l.String(), "deadline exceeded")
	})
}

func TestHandlerDispatch(t *testing.T) {
	var calls []string
	note := func(name string) { calls = append(calls, name) }
	typed := []webhook.HandlerOption{
		webhook.On(func(_ context.Context, e *webhook.TransferProcessed) error {
			note("processed " + e.TransferID)
			return nil
		}),
		webhook.On(func(_ context.Context, e *webhook.TransferFailed) error { note("failed " + e.TransferID); return nil }),
		webhook.On(func(_ context.Context, e *webhook.UserUpdated) error { note("user " + e.UserID); return nil }),
	}
	unknown := webhook.On(func(_ context.Context, e *webhook.UnknownEvent) error {
		note(fmt.Sprint("unknown ", e.EventType, " ", e.Err != nil))
		return nil
	})
	other := webhook.OnOther(func(_ context.Context, e webhook.Event) error { note("other " + string(e.Type())); return nil })
	const failed = `{"event_type":"TRANSFER_FAILED","transfer_id":"dptx_2"}`
	const odd = `{"event_type":"TRANSFER_FAILED","transfer_id":2}`
	const created = `{"event_type":"REFERRAL_CREATED"}`
	const oddCreated = `{"event_type":"REFERRAL_CREATED","referral_id":{}}`
	const news = `{"event_type":"NEWS"}`
	for name, c := range map[string]struct {
		opts   []webhook.HandlerOption
		body   string
		status int
		want   string
	}{
		"own callback":                  {typed, failed, 200, "failed dptx_2"},
		"own callback, not other":       {append(typed, other, unknown), processed, 200, "processed dptx_1"},
		"nobody waits":                  {typed, created, 200, ""},
		"nobody waits, unknown":         {typed, news, 200, ""},
		"nobody waits, odd":             {typed, oddCreated, 200, ""},
		"other":                         {append(typed, other, unknown), created, 200, "other REFERRAL_CREATED"},
		"other takes unknown":           {append(typed, other), news, 200, "other NEWS"},
		"other takes odd, if not typed": {append(typed, other), oddCreated, 200, "other REFERRAL_CREATED"},
		"only other":                    {[]webhook.HandlerOption{other}, processed, 200, "other TRANSFER_PROCESSED"},
		"unknown":                       {append(typed, other, unknown), news, 200, "unknown NEWS false"},
		"unknown takes odd":             {append(typed, other, unknown), odd, 200, "unknown TRANSFER_FAILED true"},
		"odd, but somebody waits":       {append(typed, other), odd, 500, ""},
	} {
		t.Run(name, func(t *testing.T) {
			calls = nil
			h, _ := newHandler(t, c.opts...)
			require.Equal(t, c.status, serve(h, request(t, c.body)))
			require.Equal(t, c.want, strings.Join(calls, ","))
		})
	}
}

type notAnEvent struct{ webhook.Event }

func TestHandlerOptionErrors(t *testing.T) {
	ok := webhook.On((&count{}).on)
	var nilCallback func(context.Context, *webhook.UserUpdated) error
	for name, opts := range map[string][]webhook.HandlerOption{
		"no callback":        {webhook.WithTimeout(time.Second)},
		"two callbacks":      {ok, ok},
		"nil callback":       {webhook.On(nilCallback)},
		"the interface":      {webhook.On(func(context.Context, webhook.Event) error { return nil })},
		"not an event":       {webhook.On(func(context.Context, notAnEvent) error { return nil })},
		"nil other":          {webhook.OnOther(nil)},
		"two others":         {webhook.OnOther(other), webhook.OnOther(other)},
		"nil option":         {ok, nil},
		"nil store":          {ok, webhook.WithStore(nil)},
		"nil logger":         {ok, webhook.WithLogger(nil)},
		"no timeout":         {ok, webhook.WithTimeout(0)},
		"no tolerance":       {ok, webhook.WithTolerance(0)},
		"nil clock":          {ok, webhook.WithClock(nil)},
		"nil resolver":       {ok, webhook.ForCompany[int](nil)},
		"no sender":          {ok, webhook.OnlyFrom(nil)},
		"invalid proxy":      {ok, webhook.OnlyFromBrex(prefix(""))},
		"invalid own sender": {ok, webhook.OnlyFrom(prefixes(""))},
	} {
		_, err := webhook.NewHandler(verifier(t, secretA), opts...)
		require.ErrorContains(t, err, "webhook: ", name)
	}
	_, err := webhook.NewHandler(verifier(t, secretA), ok)
	require.NoError(t, err)
}

func other(context.Context, webhook.Event) error { return nil }

func TestForCompany(t *testing.T) {
	type client struct{ token string }
	clients := map[string]*client{"cuacc_1": {"token 1"}, "cuacc_2": {"token 2"}}
	var asked []string
	var got []string
	h, l := newHandler(t,
		webhook.ForCompany(func(_ context.Context, id string) (*client, error) {
			asked = append(asked, id)
			switch c, ok := clients[id]; {
			case id == "cuacc_down":
				return nil, errors.New("token store is down")
			case !ok:
				return nil, fmt.Errorf("they left: %w", webhook.ErrSkip)
			default:
				return c, nil
			}
		}),
		webhook.ForCompany(func(_ context.Context, id string) (string, error) { return "name of " + id, nil }),
		webhook.On(func(ctx context.Context, _ *webhook.TransferProcessed) error {
			c, err := webhook.FromCompany[*client](ctx)
			if err != nil {
				return err
			}
			name, err := webhook.FromCompany[string](ctx)
			got = append(got, c.token+", "+name)
			return err
		}),
		webhook.On(func(ctx context.Context, _ *webhook.ReferralCreated) error {
			_, err := webhook.FromCompany[*client](ctx)
			return err
		}),
		webhook.On(func(ctx context.Context, _ *webhook.UserUpdated) error {
			_, err := webhook.FromCompany[int](ctx) // never resolved
			return err
		}),
	)
	of := func(id string) *http.Request { return request(t, &webhook.TransferProcessed{CompanyID: id}) }
	require.Equal(t, 200, serve(h, of("cuacc_2")))
	require.Equal(t, 200, serve(h, of("cuacc_1")))
	require.Equal(t, []string{"token 2, name of cuacc_2", "token 1, name of cuacc_1"}, got)
	require.Equal(t, 200, serve(h, of("cuacc_left")))
	require.Contains(t, l.String(), "they left")
	require.Equal(t, 500, serve(h, of("cuacc_down")))
	require.Contains(t, l.String(), "token store is down")
	require.Len(t, got, 2)

	// No company: nothing is resolved, and the callback learns it.
	asked = nil
	require.Equal(t, 500, serve(h, request(t, &webhook.ReferralCreated{ReferralID: "ref_1"})))
	require.Equal(t, 500, serve(h, of("")))
	require.Empty(t, asked)
	require.Equal(t, 500, serve(h, request(t, &webhook.UserUpdated{CompanyID: "cuacc_1"})))
	require.Contains(t, l.String(), "does not resolve to int")

	// Nothing is resolved either for an event nobody waits for.
	asked = nil
	require.Equal(t, 200, serve(h, request(t, &webhook.TransferFailed{CompanyID: "cuacc_1"})))
	require.Empty(t, asked)
	_, err := webhook.FromCompany[*client](t.Context())
	require.ErrorIs(t, err, webhook.ErrNoCompany)
}

// Over a real connection, as Brex sees it.
func TestHandlerOverHTTP(t *testing.T) {
	c := &count{}
	h, err := webhook.NewHandler(verifier(t, secretA), webhook.On(c.on))
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	r, err := webhook.NewRequest(t.Context(), server.URL+"/brex", secretB, &webhook.TransferProcessed{TransferID: "dptx_1"},
		webhook.AlsoSignedWith(secretA))
	require.NoError(t, err)
	resp, err := server.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, 1, c.calls())
}

func TestNewRequestErrors(t *testing.T) {
	for name, f := range map[string]func() (*http.Request, error){
		"nil event": func() (*http.Request, error) {
			return webhook.NewRequest(t.Context(), "https://example.com", secretA, nil)
		},
		"not JSON": func() (*http.Request, error) {
			return webhook.NewRequest(t.Context(), "https://example.com", secretA, func() {})
		},
		"bad address": func() (*http.Request, error) {
			return webhook.NewRequest(t.Context(), "http://exa mple", secretA, processed)
		},
		"bad id": func() (*http.Request, error) {
			return webhook.NewRequest(t.Context(), "https://example.com", secretA, processed, webhook.WithID("a b"))
		},
		"bad time": func() (*http.Request, error) {
			return webhook.NewRequest(t.Context(), "https://example.com", secretA, processed, webhook.WithTime(time.Time{}))
		},
		"bad second secret": func() (*http.Request, error) {
			return webhook.NewRequest(t.Context(), "https://example.com", secretA, processed, webhook.AlsoSignedWith(""))
		},
	} {
		_, err := f()
		require.ErrorContains(t, err, "webhook: ", name)
	}
	r := request(t, map[string]string{"event_type": "NEW"})
	require.JSONEq(t, `{"event_type":"NEW"}`, string(bodyOf(t, r)))
}
