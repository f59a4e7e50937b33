package cli

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// sandboxPatience is how long a request may take to arrive: ample for 50 MB within one machine.
const sandboxPatience = time.Minute

// sandboxServer is the server of the command sandbox. Whoever sends nothing, or less than was announced, is let go.
func sandboxServer(h http.Handler) *http.Server {
	return &http.Server{Handler: localOnly(untilRead(h)), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: sandboxPatience, IdleTimeout: time.Minute}
}

// untilRead lifts the read timeout once a request has been read. Otherwise it would end those that a fault holds for longer as if
// their client had gone.
func untilRead(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// It fails on a connection without deadlines, which is then without a timeout.
		lift := func() { _ = http.NewResponseController(w).SetReadDeadline(time.Time{}) }
		if r.Body == http.NoBody {
			lift()
		} else {
			r.Body = &liftingBody{r.Body, lift}
		}
		next.ServeHTTP(w, r)
	})
}

// liftingBody calls lift at the end of the body.
type liftingBody struct {
	io.ReadCloser
	lift func()
}

func (b *liftingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.lift()
	}
	return n, err
}
