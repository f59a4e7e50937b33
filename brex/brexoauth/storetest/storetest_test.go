package storetest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
)

// kinds are stores that break the contract, and the check that notices.
var kinds = map[string]struct {
	notices string
	open    func(at string) (brexoauth.Store, error)
}{
	"no error without a login":      {"NoLogin", memory(func(m *broken) { m.load = func(*brexoauth.Token, error) (*brexoauth.Token, error) { return nil, nil } })},
	"the login is shared":           {"Copies", memory(func(m *broken) { m.shares = true })},
	"no lock":                       {"Lock", memory(func(m *broken) { m.lock = func() (func() error, error) { return func() error { return nil }, nil } })},
	"another error when locked":     {"Ended", memory(func(m *broken) { m.lockErr = func(error) error { return errors.New("busy") } })},
	"the error hides the cause":     {"Ended", memory(func(m *broken) { m.lockErr = func(error) error { return brexoauth.ErrLocked } })},
	"unlock lets go of another":     {"Unlock", memory(func(m *broken) { m.unlocks = true })},
	"it prints its login":           {"Printed", memory(func(m *broken) { m.kept = []byte(marked) })},
	"no fence":                      {"Fence", func(string) (brexoauth.Store, error) { return unfenced{brexoauth.NewMemoryStore(nil)}, nil }},
	"in place":                      {"Whole", inPlace},
	"the lock outlives the process": {"ProcessKilled", file(func(f *badFile) { f.stays = true })},
	"saved later":                   {"ProcessKilled", file(func(f *badFile) { f.late = true })},
	"the lock is of this process":   {"ProcessExcluded", file(func(f *badFile) { f.here = brexoauth.NewMemoryStore(nil) })},
}

// broken is a store in memory that breaks the contract where a test says so.
type broken struct {
	*brexoauth.MemoryStore
	kept    []byte
	shares  bool
	shared  *brexoauth.Token
	load    func(*brexoauth.Token, error) (*brexoauth.Token, error)
	lock    func() (func() error, error)
	lockErr func(error) error
	unlocks bool
	held    chan struct{}
}

func memory(change func(*broken)) func(string) (brexoauth.Store, error) {
	return func(string) (brexoauth.Store, error) {
		m := &broken{MemoryStore: brexoauth.NewMemoryStore(nil), held: make(chan struct{}, 1)}
		change(m)
		if m.kept != nil {
			return struct { // without the methods that print
				brexoauth.Store
				kept []byte
			}{m.MemoryStore, m.kept}, nil
		}
		return m, nil
	}
}

func (m *broken) Load(ctx context.Context) (*brexoauth.Token, error) {
	t, err := m.MemoryStore.Load(ctx)
	switch {
	case m.load != nil:
		return m.load(t, err)
	case m.shares && err == nil:
		return m.shared, nil
	}
	return t, err
}

func (m *broken) Save(ctx context.Context, t *brexoauth.Token) error {
	m.shared = t
	return m.MemoryStore.Save(ctx, t)
}

func (m *broken) Lock(ctx context.Context) (func() error, error) {
	if m.lock != nil {
		return m.lock()
	}
	if m.unlocks {
		select {
		case m.held <- struct{}{}:
			return func() error {
				select {
				case <-m.held:
				default:
				}
				return nil
			}, nil
		case <-ctx.Done():
			return nil, errors.Join(brexoauth.ErrLocked, ctx.Err())
		}
	}
	unlock, err := m.MemoryStore.Lock(ctx)
	if err != nil && m.lockErr != nil {
		err = m.lockErr(err)
	}
	return unlock, err
}

// unfenced saves whatever is stored.
type unfenced struct{ *brexoauth.MemoryStore }

func (u unfenced) SaveIf(ctx context.Context, _, t *brexoauth.Token) error { return u.Save(ctx, t) }

// badFile is a store in a file that breaks the contract between processes.
type badFile struct {
	*brexoauth.FileStore
	stays, late bool
	here        *brexoauth.MemoryStore
}

func file(change func(*badFile)) func(string) (brexoauth.Store, error) {
	return func(at string) (brexoauth.Store, error) {
		s, err := brexoauth.NewFileStore(filepath.Join(at, "login.json"))
		if err != nil {
			return nil, err
		}
		f := &badFile{FileStore: s}
		change(f)
		return f, nil
	}
}

func (f *badFile) Save(ctx context.Context, t *brexoauth.Token) error {
	if f.late && os.Getenv(where) != "" {
		go func() { time.Sleep(time.Minute); _ = f.FileStore.Save(ctx, t) }()
		return nil
	}
	return f.FileStore.Save(ctx, t)
}

func (f *badFile) Lock(ctx context.Context) (func() error, error) {
	if f.here != nil {
		return f.here.Lock(ctx)
	}
	if !f.stays {
		return f.FileStore.Lock(ctx)
	}
	path := f.Path() + ".held"
	for {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := os.Mkdir(path, 0o700); err == nil {
			gone := false
			return func() error {
				if gone {
					return nil
				}
				gone = true
				return os.Remove(path)
			}, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(brexoauth.ErrLocked, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

// inPlace writes over the old login.
func inPlace(at string) (brexoauth.Store, error) {
	s, err := brexoauth.NewFileStore(filepath.Join(at, "login.json"))
	return &overwriter{s}, err
}

type overwriter struct{ *brexoauth.FileStore }

func (o *overwriter) Save(_ context.Context, t *brexoauth.Token) error {
	if t == nil {
		return brexoauth.ErrUsage
	}
	text, err := t.Encode()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(o.Path(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err1 := f.Write(text[:len(text)/2])
	time.Sleep(time.Millisecond)
	_, err2 := f.Write(text[len(text)/2:])
	return errors.Join(err1, err2, f.Close())
}

const kindOf = "BREXOAUTH_STORETEST_KIND"

func open(at string) (brexoauth.Store, error) { return kinds[os.Getenv(kindOf)].open(at) }

func TestMain(m *testing.M) {
	if os.Getenv(kindOf) != "" {
		patience = time.Second // none of these gets better
	}
	Main(open)
	os.Exit(m.Run())
}

// TestBroken is run by TestNotices, in a process whose tests fail.
func TestBroken(t *testing.T) {
	kind := os.Getenv(kindOf)
	if kind == "" {
		t.Skip("not in this process")
	}
	Run(t, func(t *testing.T) Place {
		if strings.HasPrefix(kinds[kind].notices, "Process") || kind == "in place" {
			at := t.TempDir()
			return Place{At: at, Open: func() (brexoauth.Store, error) { return open(at) }}
		}
		s, err := open("")
		return Place{Open: func() (brexoauth.Store, error) { return s, err }}
	})
}

func TestNotices(t *testing.T) {
	for kind, of := range kinds {
		t.Run(kind, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/^"+of.notices+"$")
			cmd.Env = append(os.Environ(), kindOf+"="+kind)
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "%s", out)
			require.Contains(t, string(out), "--- FAIL: TestBroken/"+of.notices)
		})
	}
}
