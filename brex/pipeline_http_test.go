package brex

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// What goes over the wire for each class, to the letter.
func TestRequestHeaders(t *testing.T) {
	var got *http.Request
	var sent string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, sent = r, string(b)
		if r.Method != http.MethodDelete && !strings.HasSuffix(r.URL.Path, "/archive") {
			_, _ = io.WriteString(w, `{"id":"x"}`)
		}
	}))
	defer server.Close()
	client := newTestClient(t, server.Client().Transport, WithBaseURL(server.URL))
	own := []CallOption{WithHeader("X-Team", "a"), WithHeader("x-team", "b")}
	for _, op := range []*wire.Operation{opRead, opPut, opDeclared, opUndeclared, opDelete, opNoBody} {
		if _, err := send(t.Context(), client, op, own...); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"Accept": "application/json", "Accept-Encoding": "gzip", "Authorization": "Bearer " + testToken,
			"User-Agent": userAgent, "X-Team": "a|b"}
		body := ""
		switch op.Method {
		case "POST", "PUT":
			want["Idempotency-Key"] = got.Header.Get("Idempotency-Key")
			if len(want["Idempotency-Key"]) != 36 {
				t.Errorf("%s: key %q", op.ID, want["Idempotency-Key"])
			}
			if op != opNoBody {
				body = `{"id":"","note":"x"}`
				want["Content-Type"], want["Content-Length"] = "application/json", "20"
			}
		}
		for name, values := range got.Header {
			if expected, ok := want[name]; !ok || strings.Join(values, "|") != expected {
				t.Errorf("%s: %s is %q, want %q", op.ID, name, values, want[name])
			}
			delete(want, name)
		}
		if len(want) > 0 || sent != body || got.Method != op.Method || strings.Contains(got.URL.String(), "?") {
			t.Errorf("%s: missing %v, body %q, %s %s", op.ID, want, sent, got.Method, got.URL)
		}
	}
}

// A redirect is an error, and the token never reaches the second host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	reached := 0
	second := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reached++ }))
	defer second.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		first := httptest.NewServer(http.RedirectHandler(second.URL, status))
		followAll := &http.Client{Transport: first.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
		client := newTestClient(t, nil, WithBaseURL(first.URL), WithHTTPClient(followAll))
		for _, op := range opClasses {
			_, err := send(t.Context(), client, op)
			if e := asError(t, err); e.StatusCode != status || e.Attempts != 1 || reached != 0 || !strings.Contains(e.Message, "redirect") {
				t.Errorf("%s, %d: second host reached %d times, %v", op.ID, status, reached, err)
			}
		}
		first.Close()
	}
}

// The caller's http.Client is copied: its transport, jar and timeout are used, and it stays as it was.
func TestCallersClientIsKept(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	cookies := 0
	hc := &http.Client{Jar: jar, Timeout: time.Hour, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		cookies = len(r.Cookies())
		if _, ok := r.Context().Deadline(); !ok {
			t.Error("no deadline")
		}
		return reply(200, `{"id":"x"}`, "Set-Cookie", "a=b"), nil
	})}
	before := *hc
	client := newTestClient(t, nil, WithHTTPClient(hc))
	for range 2 {
		if _, err := send(t.Context(), client, opRead); err != nil {
			t.Fatal(err)
		}
	}
	if cookies != 1 {
		t.Errorf("%d cookies", cookies)
	}
	if hc.CheckRedirect != nil || fmt.Sprint(hc.Transport) != fmt.Sprint(before.Transport) || hc.Jar != before.Jar || hc.Timeout != before.Timeout {
		t.Error("the caller's client was changed")
	}
	if http.DefaultClient.CheckRedirect != nil {
		t.Error("http.DefaultClient was changed")
	}
	hc.Transport = roundTrip(func(*http.Request) (*http.Response, error) { panic("the copy must not see this") })
	if _, err := send(t.Context(), client, opRead); err != nil {
		t.Fatal(err)
	}
}

// Three clocks can end an attempt. Only the caller's context gives context.DeadlineExceeded; the others say what they are, and
// the call goes on after them.
func TestTimeouts(t *testing.T) {
	slowBody := func(r *http.Request) (*http.Response, error) {
		res := reply(200, "")
		res.ContentLength = -1
		res.Body = readerFunc(func([]byte) (int, error) { <-r.Context().Done(); return 0, r.Context().Err() })
		return res, nil
	}
	for name, do := range map[string]roundTrip{"no answer": hang, "no end of the body": slowBody} {
		for clock, tc := range map[string]struct {
			opts     []Option
			ctx      time.Duration // of the caller, 0 for none
			took     time.Duration
			attempts int
		}{
			"default of an attempt": {nil, 0, time.Minute, 1},
			"WithTimeout":           {[]Option{WithTimeout(3 * time.Second)}, 0, 3 * time.Second, 1},
			"http.Client.Timeout":   {[]Option{WithTimeout(0), WithHTTPClient(&http.Client{Timeout: 4 * time.Second, Transport: do})}, 0, 4 * time.Second, 1},
			"the caller's deadline": {nil, 5 * time.Second, 5 * time.Second, 1},
			"none but the caller's": {[]Option{WithTimeout(0)}, time.Hour, time.Hour, 1},
		} {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.ctx > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.ctx)
					defer cancel()
				}
				start := time.Now()
				_, err := send(ctx, newTestClient(t, do, tc.opts...), opDeclared, WithoutRetry())
				asError(t, err)
				if took := time.Since(start); took != tc.took || errors.Is(err, context.DeadlineExceeded) != (tc.ctx > 0) {
					t.Errorf("%s, %s: after %v: %v", name, clock, took, err)
				}
				if tc.ctx == 0 && !strings.Contains(err.Error(), "timeout of an attempt") {
					t.Errorf("%s, %s: %v", name, clock, err)
				}
				var timeout interface{ Timeout() bool }
				if !errors.As(err, &timeout) || !timeout.Timeout() {
					t.Errorf("%s, %s: %v is no timeout", name, clock, err)
				}
			})
		}
	}
	synctest.Test(t, func(t *testing.T) { // an attempt's end is not the call's
		n := 0
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return slowBody(r)
			}
			return reply(200, `{"id":"x"}`), nil
		}), WithTimeout(time.Second))
		if _, err := send(t.Context(), client, opDeclared); err != nil || n != 2 {
			t.Errorf("%d attempts: %v", n, err)
		}
	})
}

// A body over the cap is an error that says so, never a cut off result; also when it is small only while compressed.
func TestBodyCap(t *testing.T) {
	page := `{"id":"` + strings.Repeat("x", 1000) + `"}`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, page)
	_ = z.Close()
	for name, handle := range map[string]http.HandlerFunc{
		"with a length": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, page) },
		"chunked": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, page[:10])
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, page[10:])
		},
		"compressed": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped.Bytes())
		},
	} {
		server := httptest.NewServer(handle)
		for limit, ok := range map[int64]bool{int64(len(page)): true, int64(len(page)) - 1: false, 1: false} {
			client := newTestClient(t, server.Client().Transport, WithBaseURL(server.URL), WithMaxResponse(limit))
			got, err := send(t.Context(), client, opDeclared)
			if ok && (err != nil || len(got.ID) != 1000) {
				t.Errorf("%s, at the cap: %v", name, err)
			}
			if !ok && (!errors.Is(err, ErrBadResponse) || asError(t, err).Outcome() != OutcomeUnknown || asError(t, err).Attempts != 1 || len(asError(t, err).RawBody()) == 0) {
				t.Errorf("%s, above the cap of %d: %v", name, limit, err)
			}
		}
		server.Close()
	}
}

// Results and raw bodies do not share memory with the pooled buffers: what concurrent calls returned is intact long after
// their buffers were used again.
func TestBuffersDoNotAliasResults(t *testing.T) {
	type result struct {
		ID    string          `json:"id"`
		Raw   json.RawMessage `json:"raw"`
		Union wire.Union      `json:"union"`
		Bytes []byte          `json:"bytes"`
	}
	content := func(id string, size int) string { return strings.Repeat(id+"-", size/(len(id)+1)+1) }
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		id := r.URL.Path[len("/v1/things/"):]
		text := content(id, 10+len(id)*37%3000)
		raw, _ := json.Marshal(map[string]any{"id": text, "raw": map[string]string{"r": text}, "union": map[string]string{"type": text}, "bytes": []byte(text)})
		status := 200
		if strings.HasSuffix(id, "7") {
			status = 400
		}
		return reply(status, string(raw)), nil
	}))
	var all sync.WaitGroup
	var mu sync.Mutex
	type kept struct {
		id       string
		result   *result
		response Response
		failure  *Error
	}
	var results []kept
	for worker := range 8 {
		all.Go(func() {
			for i := range 100 {
				k := kept{id: fmt.Sprintf("thing%d_%d", worker, i)}
				got, err := wire.Do[result](t.Context(), client.caller,
					&wire.Request{Op: opRead, Path: []string{k.id}, Options: []CallOption{WithResponse(&k.response)}})
				k.result = got
				errors.As(err, &k.failure)
				mu.Lock()
				results = append(results, k)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for _, k := range results {
		text := content(k.id, 10+len(k.id)*37%3000)
		if !strings.Contains(string(k.response.Body), text) {
			t.Fatalf("%s: the response's body was overwritten", k.id)
		}
		if strings.HasSuffix(k.id, "7") {
			if k.failure == nil || !strings.Contains(string(k.failure.RawBody()), text) {
				t.Fatalf("%s: the error's body was overwritten", k.id)
			}
			continue
		}
		raw, err := k.result.Union.Raw()
		if err != nil || k.result.ID != text || string(k.result.Raw) != `{"r":"`+text+`"}` || string(raw) != `{"type":"`+text+`"}` || string(k.result.Bytes) != text {
			t.Fatalf("%s: the result was overwritten", k.id)
		}
	}
}

// A buffer that goes back holds nothing any more, not even what an earlier attempt had put there.
func TestBuffersAreWiped(t *testing.T) {
	n := 0
	var buf *bytes.Buffer
	c := &config{client: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		if n++; n == 1 {
			return reply(503, strings.Repeat("4111111111111111", 20)), nil
		}
		return reply(200, `{}`), nil
	})}, maxBody: 1 << 20}
	stage := httpStage(c)
	k := &call{ctx: t.Context(), op: opRead, target: *mustURL(t, "https://api.brex.com/")}
	for range 2 {
		if err := stage(k); err != nil {
			t.Fatal(err)
		}
		buf = k.response.body
	}
	wipe(buf)
	if all := buf.Bytes()[:buf.Cap()]; bytes.ContainsAny(all, "14{}") {
		t.Errorf("the buffer still holds %q", bytes.Trim(all, "\x00"))
	}
	k.release()
	if k.response.body != nil {
		t.Error("the call keeps its buffer")
	}
}

// A transport that rewrites the address in place does not change the next attempt's.
func TestTransportMayRewriteTheAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var paths []string
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			r.URL.Path = "/prefix" + r.URL.Path
			r.Header.Set("Idempotency-Key", "changed")
			r.Header.Add("Accept", "text/html")
			paths = append(paths, r.URL.Path)
			return reply(503, ""), nil
		}))
		_, err := send(t.Context(), client, opPut)
		if e := asError(t, err); len(paths) != 4 || paths[3] != "/prefix/v1/things/thing_1" || e.IdempotencyKey == "changed" || len(acceptJSON) != 1 {
			t.Errorf("%q, %v", paths, err)
		}
	})
}

// What WithResponse keeps is of the last attempt, and nothing of an earlier call stays in it.
func TestWithResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return reply(503, `{"message":"first"}`), nil
			}
			return reply(200, `{"id":"x","new_member":7}`, "X-Brex-Trace-Id", "trace-2", "X-Other", "y"), nil
		}))
		var r Response
		if _, err := send(t.Context(), client, opDeclared, WithResponse(&r)); err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != 200 || r.TraceID != "trace-2" || r.Attempts != 2 || string(r.Body) != `{"id":"x","new_member":7}` || r.Header.Get("X-Other") != "y" || len(r.IdempotencyKey) != 36 {
			t.Errorf("%+v %q %v", r, r.Body, r.Header)
		}
		for _, op := range []*wire.Operation{opRead, opList} { // refused before sending, then not answered
			down := newTestClient(t, roundTrip(netFailure("read", io.EOF)))
			if op == opRead {
				_, _ = send(t.Context(), client, op, WithResponse(&r), WithIdempotencyKey("k"))
			} else {
				_, _ = send(t.Context(), down, op, WithResponse(&r), WithoutRetry())
			}
			if r.StatusCode != 0 || r.Header != nil || r.Body != nil || r.TraceID != "" {
				t.Errorf("%s: %+v", op.ID, r)
			}
		}
	})
}

// "HTTP/1.1 000" passes net/http's parser, and a transport of the caller's can forget the status.
func TestSenselessStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{0, 1, 99} {
			for _, op := range []*wire.Operation{opRead, opDeclared, opNoBody} {
				client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(status, `{"id":"1"}`), nil }))
				_, err := send(t.Context(), client, op)
				if e := asError(t, err); !errors.Is(err, ErrNoResponse) || e.Outcome() != OutcomeUnknown || e.StatusCode != 0 {
					t.Errorf("%s, %d: %v, %s", op.ID, status, err, e.Outcome())
				}
			}
		}
	})
}
