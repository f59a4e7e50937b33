package agent

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/brex-go/sdk/brex/internal/journal"
)

// maxCallsFile is the size from which the times of calls are begun anew, in bytes.
const maxCallsFile = 1 << 20

// countCall notes a call of the agent, and returns how many it made in the minute before, at most
// maxCalls. The own time is written first, so that of several processes at once none misses the
// others.
func (l *Ledger) countCall(agent string, at time.Time) (n int, err error) {
	f, err := l.callsFile(agent)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	stamp := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))
	if _, err := f.Write(stamp); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	const maxCalls = 1001
	size := info.Size() / 8 * 8
	tail := make([]byte, min(size, 8*maxCalls))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	for i := len(tail) - 8; i >= 0; i -= 8 { // a clock that was set back makes it count more, not fewer
		when := time.UnixMilli(int64(binary.BigEndian.Uint64(tail[i:])))
		if at.Sub(when) >= time.Minute {
			break
		}
		n++
	}
	return n - 1, nil
}

func (l *Ledger) callsFile(agent string) (*os.File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.calls[agent]; f != nil {
		return f, nil
	}
	path := filepath.Join(l.dir, "calls-"+agent)
	flags := os.O_RDWR | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(path); err == nil && (info.Size() > maxCallsFile || info.Size()%8 != 0) {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err == nil {
		l.calls[agent] = f
	}
	return f, err
}

// Close closes the files. Nothing is lost without it.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for agent, f := range l.calls {
		_ = f.Close() // nothing is buffered
		delete(l.calls, agent)
	}
	return nil
}

// noteUntrusted notes that the agent has read text that other people wrote.
func (l *Ledger) noteUntrusted(ctx context.Context, agent string) error {
	l.mu.Lock()
	fresh := l.now().Sub(l.index.untrusted[agent]) < taintEvery
	l.mu.Unlock()
	if fresh {
		return nil
	}
	return l.locked(ctx, func(j *journal.Locked[entry]) error {
		return l.note(j, entry{Event: eventUntrusted, Agent: agent})
	})
}

// settle notes the outcome of a reserved request: the amounts are released only if nothing can have
// happened.
func (l *Ledger) settle(ctx context.Context, id, outcome string, nothingHappened bool) error {
	e := entry{Event: eventCommitted, ID: id, Outcome: outcome}
	if nothingHappened {
		e.Event = eventReleased
	}
	return l.locked(context.WithoutCancel(ctx), func(j *journal.Locked[entry]) error { return l.note(j, e) })
}

// Spent returns what counts against the limits of an agent now.
func (l *Ledger) Spent(ctx context.Context, agent string) (s Snapshot, err error) {
	err = l.locked(ctx, func(*journal.Locked[entry]) error {
		s = l.index.snapshot(agent, l.now())
		return nil
	})
	return s, err
}
