package agent

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/internal/journal"
)

// maxCallsFile is the size from which the times of calls are begun anew, in bytes.
const maxCallsFile = 1 << 20

// calls are the times of an agent's calls in a file that all processes append to.
type calls struct {
	mu   sync.Mutex
	file *os.File
	end  int64   // of what was read of the file
	last []int64 // times in milliseconds of Unix time, at least the last maxCalls
	own  [8]byte // the time that is written
}

// maxCalls is more than a policy can grant for a minute.
const maxCalls = 1001

// countCall notes a call of the agent, and returns how many it made in the minute before, at most
// maxCalls. The own time is written first, so that of several processes at once none misses the
// others.
func (l *Ledger) countCall(agent string, at time.Time) (n int, err error) {
	c, err := l.callsOf(agent)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := at.UnixMilli()
	if err := c.add(now); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	for i := len(c.last) - 1; i >= 0 && n < maxCalls; i-- { // a clock that was set back makes it count more, not fewer
		if now-c.last[i] >= time.Minute.Milliseconds() {
			break
		}
		n++
	}
	return max(n-1, 0), nil // the own time is lost if another process began the file anew just now
}

// add appends a time, and reads those that other processes have appended.
func (c *calls) add(now int64) error {
	if _, err := c.file.Write(binary.BigEndian.AppendUint64(c.own[:0], uint64(now))); err != nil {
		return err
	}
	size, err := c.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size < c.end+8 {
		c.end = 0 // another process has begun the file anew
	}
	times := c.own[:]
	if size = size / 8 * 8; size != c.end+8 {
		c.end = max(c.end, size-8*maxCalls)
		times = make([]byte, size-c.end)
		if _, err := c.file.ReadAt(times, c.end); err != nil {
			return err
		}
	}
	for c.end = size; len(times) > 0; times = times[8:] {
		c.last = append(c.last, int64(binary.BigEndian.Uint64(times)))
	}
	if len(c.last) > 2*maxCalls {
		c.last = slices.Delete(c.last, 0, len(c.last)-maxCalls)
	}
	return nil
}

func (l *Ledger) callsOf(agent string) (*calls, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.calls[agent]; c != nil {
		return c, nil
	}
	path := filepath.Join(l.dir, "calls-"+agent)
	flags := os.O_RDWR | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(path); err == nil && (info.Size() > maxCallsFile || info.Size()%8 != 0) {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	c := &calls{file: f}
	l.calls[agent] = c
	return c, nil
}

// Close closes the files. Nothing is lost without it.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for agent, c := range l.calls {
		_ = c.file.Close() // nothing is buffered
		delete(l.calls, agent)
	}
	return l.file.Close()
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
