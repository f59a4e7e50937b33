package agent

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/internal/journal"
)

// calls are the times of an agent's calls in a file that all processes append to. It is never begun
// anew, which would forget the calls of the last minute: it grows by 8 bytes a call, and the log by
// more than a hundred times that.
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
	c, err := l.callsOf(agent, at)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := at.UnixMilli()
	if err := c.add(now); err != nil {
		l.forgetCalls(agent, c)
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	for i := len(c.last) - 1; i >= 0 && n < maxCalls; i-- { // a clock that was set back makes it count more, not fewer
		if now-c.last[i] >= time.Minute.Milliseconds() {
			break
		}
		n++
	}
	return max(n-1, 0), nil // the own time is lost if somebody emptied the file just now
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
		c.end = 0 // somebody has emptied the file
	}
	if size%8 != 0 {
		return errors.New("a time of a call was written in part")
	}
	times := c.own[:]
	if size != c.end+8 {
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

func (l *Ledger) callsOf(agent string, at time.Time) (*calls, error) {
	l.mu.Lock()
	c := l.calls[agent]
	l.mu.Unlock()
	if c != nil {
		return c, nil
	}
	err := l.locked(context.Background(), func(*journal.Locked[entry]) error {
		if c = l.calls[agent]; c != nil {
			return nil
		}
		f, err := os.OpenFile(filepath.Join(l.dir, "calls-"+agent), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		size, err := f.Seek(0, io.SeekEnd)
		if torn := size % 8; err == nil && torn != 0 { // by a full disk: what is before it cannot be read, and the minute counts as full
			fill := bytes.Repeat(binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli())), maxCalls+1)
			_, err = f.Write(fill[torn:])
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
		c = &calls{file: f}
		l.calls[agent] = c
		return nil
	})
	return c, err
}

// forgetCalls makes the next call open the file again.
func (l *Ledger) forgetCalls(agent string, c *calls) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls[agent] == c {
		delete(l.calls, agent)
	}
	_ = c.file.Close() // nothing is buffered
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
