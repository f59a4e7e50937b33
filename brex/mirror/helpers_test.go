package mirror_test

import (
	"net/http"
	"net/http/httptest"
)

// inMemory is an HTTP client of a handler, without a network.
func inMemory(h http.Handler) *http.Client { return &http.Client{Transport: handlerTransport{h}} }

type handlerTransport struct{ http.Handler }

func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	t.ServeHTTP(w, r)
	res := w.Result()
	res.Request = r
	return res, nil
}
