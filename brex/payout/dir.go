package payout

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

// Dir is a folder of runs: for each a plan, <id>.plan.json, and a journal, <id>.journal. Only its
// owner can read it. Keep it: it is what later plans are compared with, and a run that is resumed
// without its journal has Brex's list alone to go by.
type Dir struct{ path string }

const (
	planSuffix    = ".plan.json"
	journalSuffix = ".journal"
	nameLength    = 16 // hex digits of an id in a file's name
)

// OpenDir opens a folder, and makes it with mode 0700 when it does not exist. One that others can
// read is refused.
func OpenDir(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("payout: %w", err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("payout: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("payout: %s is not a folder", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0: // there the access list counts
		return nil, fmt.Errorf("payout: %s has mode %#o, and runs name who is paid what: chmod 700 it", path, info.Mode().Perm())
	}
	return &Dir{path}, nil
}

// Path is the path of the folder.
func (d *Dir) Path() string { return d.path }

// Save writes a plan for good. A plan of the same rows of which nothing was sent is replaced,
// approved or not; one that was executed is the run to go on with, and an error.
func (d *Dir) Save(ctx context.Context, plan *Plan) error {
	data, err := plan.Encode()
	if err != nil {
		return err
	}
	if _, err := DecodePlan(data); err != nil {
		return err
	}
	path, err := d.file(plan, planSuffix)
	if err != nil {
		return err
	}
	plans, err := d.plans()
	if err != nil {
		return err
	}
	for _, other := range plans {
		if other.Source != plan.Source {
			continue
		}
		if err := d.replace(ctx, other); err != nil {
			return err
		}
	}
	return write(path, data)
}

// replace removes a plan of which nothing was sent, with its approvals.
func (d *Dir) replace(ctx context.Context, old *Plan) error {
	journal, err := d.Journal(old)
	if err != nil {
		return err
	}
	path, err := d.file(old, planSuffix)
	if err != nil {
		return err
	}
	return work(ctx, old, journal, time.Now, func(w *worker) error {
		if w.state.started || w.state.halted != "" {
			return fmt.Errorf("payout: these rows are a run already that was started: go on with %s",
				w.run[:nameLength])
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("payout: %w", err)
		}
		_ = os.Remove(journal.Path()) // not on Windows while it is open; without its plan it means nothing
		return nil
	})
}

// write makes a file that is there whole or not at all.
func write(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "*.new") // mode 0600
	if err != nil {
		return fmt.Errorf("payout: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = filelock.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("payout: %w", err)
	}
	return nil
}

func (d *Dir) file(plan *Plan, suffix string) (string, error) {
	id, err := plan.ID()
	if err != nil {
		return "", err
	}
	return filepath.Join(d.path, id[:nameLength]+suffix), nil
}

// Load reads the plan whose id begins with name, which has at least 4 characters.
func (d *Dir) Load(name string) (*Plan, error) {
	if len(name) < 4 {
		return nil, fmt.Errorf("payout: %q is too short for the id of a run; give at least 4 characters", name)
	}
	var found []*Plan
	plans, err := d.plans()
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		if id, err := p.ID(); err == nil && strings.HasPrefix(id, name) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("payout: there is no run %q in %s", name, d.path)
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("payout: %d runs begin with %q", len(found), name)
}

// plans reads every plan, oldest first.
func (d *Dir) plans() ([]*Plan, error) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return nil, fmt.Errorf("payout: %w", err)
	}
	var plans []*Plan
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), planSuffix) {
			continue
		}
		path := filepath.Join(d.path, entry.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("payout: %w", err)
		}
		p, err := DecodePlan(data)
		if err != nil {
			return nil, fmt.Errorf("%w (%s)", err, path)
		}
		if own, err := d.file(p, planSuffix); err != nil || own != path {
			return nil, fmt.Errorf("%w: %s is not the file of this plan: it was changed or renamed",
				ErrPlan, path)
		}
		plans = append(plans, p)
	}
	slices.SortFunc(plans, func(a, b *Plan) int { return a.Created.Compare(b.Created) })
	return plans, nil
}

// Journal is the journal of a plan. Two plans of the same rows have one lock.
func (d *Dir) Journal(plan *Plan) (*FileJournal, error) {
	path, err := d.file(plan, journalSuffix)
	if err != nil {
		return nil, err
	}
	j := NewFileJournal(path)
	j.file.Lock = filepath.Join(d.path, plan.Source[:nameLength]+".lock")
	return j, nil
}

// Reports reads the reports of all runs, oldest first: what NewPlan wants as Earlier.
func (d *Dir) Reports(ctx context.Context) ([]*Report, error) {
	plans, err := d.plans()
	if err != nil {
		return nil, err
	}
	var reports []*Report
	for _, p := range plans {
		journal, err := d.Journal(p)
		if err != nil {
			return nil, err
		}
		r, err := ReadReport(ctx, p, journal)
		if err != nil {
			return nil, fmt.Errorf("%w (%s)", err, journal.Path())
		}
		reports = append(reports, r)
	}
	return reports, nil
}
