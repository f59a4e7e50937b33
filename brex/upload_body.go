package brex

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"
)

// sentFile is a file on its way: it counts, reports, and notices when the file is shorter or longer
// than it was. net/http can go on reading for a moment after it has given up on a request, so that
// after Close nothing more is read.
type sentFile struct {
	size     int64
	progress func(sent, total int64)
	watch    *stall

	mu     sync.Mutex
	from   io.ReadCloser
	sent   int64
	broken error // what is wrong with the file
	closed bool
}

func (s *sentFile) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, fs.ErrClosed
	}
	n, err := s.from.Read(p)
	s.sent += int64(n)
	s.watch.alive()
	switch {
	case s.sent > s.size:
		err = fmt.Errorf("the file has grown beyond its %d bytes while it was sent", s.size)
	case err == io.EOF && s.sent < s.size: //nolint:errorlint // a Reader ends with io.EOF itself
		err = fmt.Errorf("the file ended after %d of %d bytes: %w", s.sent, s.size, io.ErrUnexpectedEOF)
	}
	if err != nil && err != io.EOF { //nolint:errorlint // as above
		s.broken = err
		return n, err
	}
	if s.progress != nil && n > 0 {
		s.progress(s.sent, s.size)
	}
	return n, err
}

func (s *sentFile) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.from.Close()
}

// whole reports whether the file was read to its end, without which nobody can have received it.
func (s *sentFile) whole() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent == s.size
}

func (s *sentFile) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// stall ends an attempt in which nothing moves for a while. A limit on the whole attempt would fail
// large files on slow lines.
type stall struct {
	after time.Duration
	timer *time.Timer
}

func stallWatch(after time.Duration, cancel context.CancelCauseFunc) *stall {
	w := &stall{after: after}
	if after > 0 {
		w.timer = time.AfterFunc(after, func() { cancel(fmt.Errorf("nothing moved for %v", after)) })
	}
	return w
}

func (w *stall) alive() {
	if w.timer != nil {
		w.timer.Reset(w.after)
	}
}

func (w *stall) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
