package brexoauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

// FileStore is a Store in a file of the user's own: JSON, with the tokens readable unless there is a
// Sealer, so it is created with mode 0600 and refused when others may read it, or can have put it
// there. Beside it are <file>.lock, which stays, and <file>.new while it is being written.
//
// The lock is flock(2) on Linux, macOS, the BSDs and illumos, and a file opened for nobody else on
// Windows; both end with the process. Elsewhere it is a file that exists while the lock is held,
// and that has to be deleted by hand after a crash. File modes and owners are not checked on
// Windows, where the directory's access list counts.
type FileStore struct {
	path   string
	sealer Sealer // nil for none
}

// FileOption is an option of a FileStore.
type FileOption func(*FileStore) error

// WithSealer seals the login in the file. The file's name is not sealed with it, so that the file can
// be moved: who may write in the directory can put the file of one login in the place of another's.
func WithSealer(s Sealer) FileOption {
	return func(f *FileStore) error {
		if s == nil {
			return usage("WithSealer: the Sealer is nil")
		}
		f.sealer = s
		return nil
	}
}

// maxLogin bounds the file.
const maxLogin = 1 << 20

// NewFileStore returns a store in the file with the given path. It does no I/O; directories that
// are missing are made, for the user alone, when the login is first saved or locked.
func NewFileStore(path string, opts ...FileOption) (*FileStore, error) {
	if path == "" {
		return nil, usage("NewFileStore: the path is empty")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, usage("NewFileStore: %v", err)
	}
	s := &FileStore{path: abs}
	for _, o := range opts {
		if o == nil {
			return nil, usage("NewFileStore: an option is nil")
		}
		if err := o(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Path returns the absolute path of the file.
func (s *FileStore) Path() string { return s.path }

// Load reads the file. It fails with ErrInsecure when others may read it, with ErrCorrupt when it
// holds no login and with ErrSealed when it cannot be opened; they say what to do.
func (s *FileStore) Load(ctx context.Context) (*Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := readPrivate(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoLogin
	}
	if err != nil {
		return nil, err
	}
	t, err := DecodeSealed(ctx, s.sealer, "", data)
	if errors.Is(err, ErrSealed) {
		return nil, fmt.Errorf("%w (%s); use the key that it was saved with", err, s.path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (%s); or delete the file and sign in again", err, s.path)
	}
	return t, nil
}

// readPrivate reads a plain file that nobody else may read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|filelock.OpenFlags, 0)
	if err != nil {
		if info, statErr := os.Lstat(path); statErr == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%w: %s is not a plain file", ErrInsecure, path)
		}
		return nil, fmt.Errorf("brexoauth: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("brexoauth: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a plain file", ErrInsecure, path)
	case modesChecked && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%w: %s has mode %#o; if nobody else can have read it run chmod 600, or else delete it, "+
			"revoke the access in Brex and sign in again", ErrInsecure, path, info.Mode().Perm())
	case planted(path, info):
		return nil, fmt.Errorf("%w: %s belongs to somebody else, in a directory where others may write; keep logins in a directory of your own",
			ErrInsecure, path)
	case info.Size() > maxLogin:
		return nil, fmt.Errorf("%w: %s is too large", ErrCorrupt, path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxLogin))
	if err != nil {
		return nil, fmt.Errorf("brexoauth: %w", err)
	}
	return data, nil
}

// Save replaces the file: it writes another one beside it, syncs it, renames it and syncs the
// directory.
func (s *FileStore) Save(ctx context.Context, t *Token) error {
	if t == nil {
		return usage("Save: the login is nil")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := EncodeSealed(ctx, s.sealer, "", t)
	if err != nil {
		return err
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	if s.written(ctx, t) {
		err = syncFile(s.newPath()) // an earlier Save of the same login could not rename it
	} else {
		err = s.write(data)
	}
	if err != nil {
		return fmt.Errorf("brexoauth: %w", err)
	}
	return s.adopt()
}

// written says whether the new file holds just this login.
func (s *FileStore) written(ctx context.Context, t *Token) bool {
	data, err := readPrivate(s.newPath())
	if err != nil {
		return false
	}
	have, err := DecodeSealed(ctx, s.sealer, "", data)
	return err == nil && have.SameTokens(t) && have.RefreshBegan.Equal(t.RefreshBegan)
}

// write makes the new file. Once it is complete it is not removed whatever happens: it may be the
// only copy.
func (s *FileStore) write(data []byte) error {
	path := s.newPath()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|filelock.OpenFlags, 0o600)
	if err != nil {
		return err
	}
	crashPoint("write", f, data)
	if _, err := f.Write(data); err != nil {
		_ = f.Close()
		_ = os.Remove(path)
		return err
	}
	crashPoint("written", nil, nil)
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// adopt puts the new file in the place of the old one.
func (s *FileStore) adopt() error {
	crashPoint("rename", nil, nil)
	if err := os.Rename(s.newPath(), s.path); err != nil {
		return fmt.Errorf("brexoauth: %w", err)
	}
	crashPoint("renamed", nil, nil)
	if err := filelock.SyncDir(filepath.Dir(s.path)); err != nil {
		return fmt.Errorf("brexoauth: %w", err)
	}
	return nil
}

// Delete removes the file.
func (s *FileStore) Delete(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, path := range []string{s.newPath(), s.path} { // this order: what is left by a crash is the old login, not a newer one
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("brexoauth: %w", err)
		}
	}
	if err := filelock.SyncDir(filepath.Dir(s.path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("brexoauth: %w", err)
	}
	return nil
}

// Lock locks <file>.lock. Having it, it finishes a Save that was cut off: a new file that is
// complete takes the old one's place, one that is not is removed.
func (s *FileStore) Lock(ctx context.Context) (func() error, error) {
	if err := s.makeDir(); err != nil {
		return nil, err
	}
	path := s.path + ".lock"
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		unlock, err := filelock.Try(path)
		if err == nil {
			unlock = sync.OnceValue(unlock)
			if err := s.recover(); err != nil {
				return nil, errors.Join(err, unlock())
			}
			return unlock, nil
		}
		if !errors.Is(err, filelock.ErrBusy) {
			return nil, fmt.Errorf("brexoauth: %w", err)
		}
		if err := wait(ctx, pause); err != nil {
			return nil, fmt.Errorf("%w: %s%s: %w", ErrLocked, path, filelock.Hint, err)
		}
	}
}

func (s *FileStore) recover() error {
	data, err := readPrivate(s.newPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil && !errors.Is(err, ErrInsecure) && !errors.Is(err, ErrCorrupt):
		return err
	}
	if err == nil {
		_, err = DecodeToken(data)
	}
	if err != nil && !errors.Is(err, errLater) && !errors.Is(err, ErrSealed) { // those are complete
		if err := os.Remove(s.newPath()); err != nil {
			return fmt.Errorf("brexoauth: %w", err)
		}
		return nil
	}
	if err := syncFile(s.newPath()); err != nil {
		return fmt.Errorf("brexoauth: %w", err)
	}
	return s.adopt()
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|filelock.OpenFlags, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *FileStore) newPath() string { return s.path + ".new" }

func (s *FileStore) makeDir() error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("brexoauth: %w", err)
	}
	return nil
}

// String names the file.
func (s *FileStore) String() string { return fmt.Sprintf("brexoauth.FileStore{%q}", s.path) }
