package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

const (
	stateDir    = "_state"
	manifestEnd = ".manifest.json"
	notesEnd    = ".notes"
	lockWait    = 2 * time.Second // for a run that is about to end
)

// createFile writes a file under another name and gives it its own when all of it is on the disk. Its mode is 0600.
func createFile(path string, fill func(*os.File) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := createTemp(path)
	if err != nil {
		return err
	}
	return finishFile(f, path, fill(f))
}

func createTemp(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp")
}

// finishFile gives a file that createTemp made its own name, or removes it if it could not be filled.
func finishFile(f *os.File, path string, err error) error {
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return filelock.SyncDir(filepath.Dir(path))
}

func writeFile(path string, text []byte) error {
	return createFile(path, func(f *os.File) error { _, err := f.Write(text); return err })
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(text, '\n'))
}

// readJSON reads a file, if it is there.
func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return fmt.Errorf("mirror/file: %s: %w", path, err)
	}
	return nil
}

// remove removes a file, if it is there.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeOthers removes the files of a folder whose names begin with the prefix, except those whose paths are known.
func removeOthers(dir, prefix string, known map[string]bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); strings.HasPrefix(e.Name(), prefix) && !known[path] {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}
