package agent

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/internal/filelock"
	"github.com/brex-go/sdk/brex/internal/journal"
	"github.com/brex-go/sdk/brex/money"
)

// ErrLedger is the error of a ledger that cannot be trusted, written or locked. Nothing is sent on
// it.
var ErrLedger = errors.New("agent: the ledger cannot be used")

// Ledger is the memory of what agents spent, of the approvals they wait for, and of how often they
// called. It is a directory that several processes may use at once, and survives a crash: an amount
// is on the disk as reserved before its request is sent, and counts as spent until Brex is known to
// have refused the request. It belongs on a local disk, and must be out of the agents' reach.
type Ledger struct {
	dir     string
	stopped string // path of the file that Stop makes
	key     []byte // of fingerprints
	now     func() time.Time

	mu    sync.Mutex
	file  journal.File[entry]
	index index
	calls map[string]*calls
}

// entry is a record of the ledger. It holds no token and no account number.
type entry struct {
	At       time.Time     `json:"at"`
	Event    string        `json:"event"`
	ID       string        `json:"id,omitempty"` // of the request
	Agent    string        `json:"agent,omitempty"`
	Resource string        `json:"resource,omitempty"`
	Amounts  []money.Money `json:"amounts,omitempty"`
	Approval *Approval     `json:"approval,omitempty"`
	By       *Person       `json:"by,omitempty"`
	MAC      string        `json:"mac,omitempty"` // of agent and arguments
	Outcome  string        `json:"outcome,omitempty"`
}

// The events of a ledger.
const (
	eventReserved  = "RESERVED"  // the request is about to be sent
	eventCommitted = "COMMITTED" // it was carried out, or may have been
	eventReleased  = "RELEASED"  // it was not
	eventUntrusted = "UNTRUSTED" // the agent read text that other people wrote
	eventAsked     = "ASKED"
	eventApproved  = "APPROVED"
	eventDenied    = "DENIED"
)

// Snapshot is what a decision needs to know of an agent's past.
type Snapshot struct {
	Calls     int     // in the last minute, before this one
	Untrusted bool    // the agent has lately read text that other people wrote
	Spends    []Spend // in the order they were reserved
}

// Spend is an amount that was spent, may have been, or is about to be.
type Spend struct {
	Resource string
	Amount   money.Money
	At       time.Time
}

// spent is the sum in a currency since a time.
func (s Snapshot) spent(resource string, c money.Currency, since time.Time) (money.Money, error) {
	sum := money.New(0, c)
	for i := len(s.Spends) - 1; i >= 0; i-- {
		e := s.Spends[i]
		if e.Resource != resource || e.Amount.Currency != c || e.At.Before(since) {
			continue
		}
		var err error
		if sum, err = sum.Add(e.Amount); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

const (
	lockWait    = 10 * time.Second    // for another process to give up the ledger
	taintedFor  = time.Hour           // after text of others was read
	taintEvery  = 5 * time.Minute     // how often that is noted again
	ledgerReach = 33 * 24 * time.Hour // no limit counts what is older
)

// OpenLedger opens a ledger, and makes its directory with mode 0700 if it does not exist. One that
// others can read is refused.
func OpenLedger(dir string) (*Ledger, error) {
	if err := privateDir(dir); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	path := filepath.Join(dir, "ledger.journal")
	l := &Ledger{dir: dir, stopped: filepath.Join(dir, "stopped"), now: time.Now, index: newIndex(), calls: map[string]*calls{},
		file: journal.File[entry]{Path: path, Lock: filepath.Join(dir, "ledger.lock"), Cache: true}}
	err := l.locked(context.Background(), func(*journal.Locked[entry]) (err error) {
		l.key, err = keyFile(filepath.Join(dir, "key"))
		return err
	})
	return l, err
}

// privateDir makes a directory that its owner alone can read.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 { // there the access list counts
		err = fmt.Errorf("%s has mode %#o, and others must not read it: chmod 700 it", dir, info.Mode().Perm())
	}
	return err
}

// keyFile reads a random key, and makes it if there is none.
func keyFile(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		err = replaceFile(path, key)
	}
	if err == nil && len(key) != 32 {
		err = fmt.Errorf("%s does not have 32 bytes", path)
	}
	return key, err
}

// replaceFile makes a file that is there whole or not at all.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return filelock.SyncDir(filepath.Dir(path))
}

// waitLock tries to lock until it works, the context ends, or lockWait is over.
func waitLock(ctx context.Context, try func() error) error {
	err := try()
	deadline := time.Now().Add(lockWait)
	for pause := 200 * time.Microsecond; errors.Is(err, filelock.ErrBusy) && time.Now().Before(deadline); pause = min(2*pause, 20*time.Millisecond) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
			err = try()
		}
	}
	return err
}

// locked calls f while no other process and no other goroutine uses the ledger, with the index up
// to date.
func (l *Ledger) locked(ctx context.Context, f func(*journal.Locked[entry]) error) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var j *journal.Locked[entry]
	err = waitLock(ctx, func() (err error) {
		j, err = l.file.TryLock()
		return err
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLedger, err)
	}
	defer func() {
		if closing := j.Close(); closing != nil && err == nil {
			err = fmt.Errorf("%w: %w", ErrLedger, closing)
		}
	}()
	if err := l.index.follow(j.Records()); err != nil {
		return fmt.Errorf("%w: %w", ErrLedger, err)
	}
	return f(j)
}

// note appends an entry and takes it into the index.
func (l *Ledger) note(j *journal.Locked[entry], e entry) error {
	e.At = l.now().UTC()
	if err := j.Append(e); err != nil {
		return fmt.Errorf("%w: %w", ErrLedger, err)
	}
	return l.index.follow(j.Records())
}

// fingerprint binds an approval to an agent and the arguments of a request. It has a key, because
// the hash of an account number can be guessed.
func (l *Ledger) fingerprint(agent string, p *brex.Prepared, f *facts) string {
	mac := hmac.New(sha256.New, l.key)
	var text []byte
	for _, part := range [...]string{agent, p.Operation.ID, p.Path, p.Query, f.canonical(p)} {
		text = append(strconv.AppendQuote(text, part), ' ')
	}
	_, _ = mac.Write(text) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// Stop makes every guard of the ledger refuse everything, until Start. It needs no lock.
func (l *Ledger) Stop(by string) error {
	return replaceFile(l.stopped, []byte(by+"\n"))
}

// Start ends Stop.
func (l *Ledger) Start() error {
	err := os.Remove(l.stopped)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Stopped reports whether Stop was called. If that cannot be found out, it was.
func (l *Ledger) Stopped() bool {
	_, err := os.Lstat(l.stopped)
	return !errors.Is(err, fs.ErrNotExist)
}
