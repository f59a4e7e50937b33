package cli

import (
	"net/http"
	"time"
)

// sandboxPatience is how long a request may take to arrive: ample for 50 MB within one machine.
const sandboxPatience = time.Minute

// sandboxServer is the server of the command sandbox. Whoever sends nothing, or less than was announced, is let go; a request that a
// fault holds is not, since the time ends with the request's last byte.
func sandboxServer(h http.Handler) *http.Server {
	return &http.Server{Handler: localOnly(h), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: sandboxPatience, IdleTimeout: time.Minute}
}
