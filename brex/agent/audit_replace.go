package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

// ErrWhole is the error of ReplaceLog for a log that verifies.
var ErrWhole = errors.New("agent: the log is whole, and is not replaced")

// ReplaceLog begins a new log in place of one that VerifyLog refuses, which accepts no record and so
// stops every agent. The old log is renamed, never changed and never deleted; it returns its new
// folder, beside the new log. The first record of the new log names who did it, the folder and its
// SHA-256: that of the lines that sha256sum audit-*.jsonl checkpoint prints. Processes that have the
// old log open accept no record until they are started again.
func ReplaceLog(dir string, by Person, verifiers note.Verifiers, opts LogOptions) (folder string, err error) {
	lock := filelock.Lock{Path: filepath.Join(dir, lockName)}
	if err := waitLock(context.Background(), lock.Try); err != nil {
		return "", fmt.Errorf("%w: %w", ErrLog, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if _, broken := VerifyLog(dir, verifiers); broken == nil {
		return "", ErrWhole
	}
	sum, err := folderSum(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrLog, err)
	}
	now := opts.Now
	if now == nil {
		now = time.Now
	}
	folder = dir + ".broken-" + now().UTC().Format("20060102T150405Z")
	if _, err := os.Lstat(folder); !errors.Is(err, fs.ErrNotExist) {
		return "", errors.Join(err, fmt.Errorf("%w: %s exists", ErrLog, folder))
	}
	if runtime.GOOS == "windows" { // which renames no folder with an open file in it
		if err := lock.Close(); err != nil {
			return "", err
		}
	}
	if err := os.Rename(dir, folder); err != nil {
		return "", fmt.Errorf("%w: %w", ErrLog, err)
	}
	l, err := OpenLog(dir, opts)
	if err != nil {
		return folder, err
	}
	r := Record{Kind: KindReplace, By: by.Name, User: by.User, From: by.From, Args: map[string]string{"folder": filepath.Base(folder), "sha256": sum}}
	return folder, errors.Join(l.Append(r.withSentence(nil)), l.Close(), filelock.SyncDir(filepath.Dir(dir)))
}

// folderSum is the SHA-256 of what sha256sum prints for the files of a log.
func folderSum(dir string) (string, error) {
	names, err := logFiles(dir)
	if err != nil {
		return "", err
	}
	all := sha256.New()
	for _, name := range append(names, checkpointName) {
		sum, err := fileSum(filepath.Join(dir, name))
		if name == checkpointName && errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(all, "%x  %s\n", sum, name) // never fails
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

func fileSum(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|filelock.OpenFlags, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return sum.Sum(nil), err
}
