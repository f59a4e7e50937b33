package brextest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing/fstest"
	"time"
)

// A snapshot is the company that was made or loaded at the start, by its seed
// and size or as its files, and what has changed since. Saving a company of a
// million expenses therefore costs little more than making it.

const (
	snapshotFormat  = "brextest snapshot"
	snapshotVersion = 1
)

// snapshot is what Snapshot writes.
type snapshot struct {
	Format  string            `json:"format"`
	Version int               `json:"version"`
	Seed    uint64            `json:"seed"`
	Size    *Size             `json:"size,omitempty"`  // of a made company
	Files   map[string][]byte `json:"files,omitempty"` // of a loaded one
	Made    time.Time         `json:"made"`            // generated rows depend on it
	Now     time.Time         `json:"now"`
	Offset  time.Duration     `json:"offset"` // what Advance added
	Served  uint64            `json:"served"`
	Created uint64            `json:"created"`

	Tables  map[string]tableChanges    `json:"tables"`
	Changes map[string]uint64          `json:"changes"` // of each table, counted; cursors know them
	Records map[int]recordChange       `json:"records,omitempty"`
	Clock   savedExpenseClock          `json:"clock"`
	Limits  map[string]json.RawMessage `json:"limits,omitempty"`
	Uploads map[string]*upload         `json:"uploads,omitempty"`

	Events  []*Event        `json:"events,omitempty"`
	Emitted uint64          `json:"emitted"`
	Secrets []webhookSecret `json:"secrets"`

	Keys    []savedKey    `json:"keys,omitempty"`
	Windows []savedWindow `json:"windows,omitempty"`
	OAuth   savedOAuth    `json:"oauth"`

	TokenUse map[string]time.Time `json:"token_use,omitempty"` // when each was used last
}

// WithSnapshot continues from what Snapshot wrote: the company, its clock, the
// idempotency keys, OAuth logins, events and deliveries that are still to be
// sent. The clock goes on from where it stood, and with a clock of its own
// (WithClock) not before that. Options that say how the sandbox behaves are not
// part of it, nor are faults, the request log, OAuth codes that were not
// exchanged yet, and the tokens of WithToken; give them again. WithSeed,
// WithSize and WithData exclude it.
func WithSnapshot(r io.Reader) Option {
	return func(c *config) error {
		if r == nil {
			return errors.New("WithSnapshot: no reader")
		}
		var s snapshot
		dec := json.NewDecoder(r)
		if err := dec.Decode(&s); err != nil {
			return fmt.Errorf("WithSnapshot: is not a snapshot: %w", err)
		}
		switch {
		case s.Format != snapshotFormat:
			return errors.New("WithSnapshot: is not a snapshot of a sandbox")
		case s.Version != snapshotVersion:
			return fmt.Errorf("WithSnapshot: version %d, and this sandbox reads version %d", s.Version, snapshotVersion)
		case s.Size == nil && s.Files == nil || s.Made.IsZero():
			return errors.New("WithSnapshot: does not say which company it is")
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("WithSnapshot: %w", err)
		}
		c.snapshot = &s
		return nil
	}
}

// continueFrom makes the configuration that of the snapshot's company.
func (c *config) continueFrom(s *snapshot) error {
	if c.seeded || c.sized || c.data != nil {
		return errors.New("brextest: WithSnapshot excludes WithSeed, WithSize and WithData: the snapshot says what there is")
	}
	c.seed = s.Seed
	if s.Files != nil {
		files := fstest.MapFS{}
		for name, content := range s.Files {
			files[name] = &fstest.MapFile{Data: content, Mode: 0o600}
		}
		c.data = files
		return nil
	}
	c.size = s.Size.withDefaults()
	return c.size.validate()
}

// Snapshot writes the whole state as JSON, for WithSnapshot. Files of WithData
// become part of it, and must be as they were at the start. It holds the
// signing secrets and tokens of the company, which are as made up as the rest.
func (h *Handler) Snapshot(w io.Writer) error {
	h.settle(h.clock.now())
	s, err := h.takeSnapshot()
	if err != nil {
		return fmt.Errorf("brextest: Snapshot: %w", err)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return fmt.Errorf("brextest: Snapshot: %w", err)
	}
	return nil
}

func (h *Handler) takeSnapshot() (*snapshot, error) {
	s := &snapshot{Format: snapshotFormat, Version: snapshotVersion, Seed: h.config.seed, OAuth: h.oauth.save()}
	cfg := h.config
	if cfg.data != nil {
		var err error
		if s.Files, err = readFiles(cfg.data); err != nil {
			return nil, err
		}
	} else {
		size := cfg.size.explicit()
		s.Size = &size
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	now := h.state
	s.Made, s.Now = h.made, h.clock.now()
	s.Offset, s.Served, s.Created = time.Duration(h.clock.offset.Load()), h.served.Load(), now.created
	base, err := newState(cfg, func() time.Time { return h.made })
	if err != nil {
		return nil, err
	}
	if s.Tables, err = changesBetween(base, now); err != nil {
		return nil, err
	}
	s.Changes = map[string]uint64{}
	for _, t := range now.tables() {
		s.Changes[t.title()] = *t.counter()
	}
	s.Records, s.Clock = recordsBetween(base, now), now.saveExpenseClock(len(base.records.keys))
	s.Limits, s.Uploads = map[string]json.RawMessage{}, now.uploads
	for user, limit := range now.limits {
		s.Limits[user] = limit.encode()
	}
	s.Events, s.Emitted, s.Secrets = now.events, now.emitted, now.secrets
	s.Keys, s.Windows, s.TokenUse = h.keys.save(), h.limiter.save(), h.tokenUse.save()
	return s.copy()
}

// copy parts the snapshot from the state, which goes on changing.
func (s *snapshot) copy() (*snapshot, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // documents stay as they are, byte by byte
	if err := enc.Encode(s); err != nil {
		return nil, err
	}
	c := new(snapshot)
	return c, json.Unmarshal(b.Bytes(), c)
}

// restore makes a company what it was.
func (h *Handler) restore(s *snapshot) (*state, error) {
	made := s.Made
	state, err := newState(h.config, func() time.Time { return made })
	if err != nil {
		return nil, err
	}
	if s, err = s.copy(); err != nil { // Reset may want it again
		return nil, err
	}
	state.catchUp(s.Clock.At)
	if err := state.apply(s.Tables); err != nil {
		return nil, fmt.Errorf("brextest: WithSnapshot: %w", err)
	}
	if err := state.applyExpenseClock(s.Clock); err != nil {
		return nil, fmt.Errorf("brextest: WithSnapshot: %w", err)
	}
	if err := state.applyRecords(s.Records); err != nil {
		return nil, fmt.Errorf("brextest: WithSnapshot: %w", err)
	}
	for _, t := range state.tables() {
		if n, counted := s.Changes[t.title()]; counted {
			*t.counter() = n
		}
	}
	state.created, state.emitted = s.Created, s.Emitted
	state.limits = map[string]object{}
	for user, raw := range s.Limits {
		if state.limits[user], err = parseObject(raw); err != nil {
			return nil, fmt.Errorf("brextest: WithSnapshot: the limit of %s is %w", printable(user), err)
		}
	}
	state.restoreUploads(s.Uploads)
	state.events, state.secrets = s.Events, s.Secrets
	state.findReadyRecords(s.Now)
	state.findNextDue()

	// Time does not run backwards: at least it goes on where it stood.
	h.made = made
	h.clock.offset.Store(int64(max(s.Offset, s.Now.Sub(h.clock.base()))))
	h.served.Store(s.Served)
	h.keys.load(s.Keys)
	h.limiter.load(s.Windows)
	h.oauth.load(s.OAuth)
	h.tokenUse.load(made, s.TokenUse)
	state.now = h.clock.now
	return state, nil
}

// build makes the company from the beginning, or from the snapshot.
func (h *Handler) build() (s *state, err error) {
	h.keys.kept, h.keys.order = nil, nil
	h.limiter.clear()
	h.clock.offset.Store(0)
	h.served.Store(0)
	if h.config.snapshot != nil {
		s, err = h.restore(h.config.snapshot)
	} else {
		h.made = h.clock.now()
		h.tokenUse.load(h.made, nil)
		s, err = newState(h.config, func() time.Time { return h.made })
		if err == nil {
			s.now = h.clock.now
		}
	}
	if err == nil && h.config.webhooks.background {
		s.wake = h.wake
	}
	return s, err
}

// Reset makes everything as it was at the start, or in the snapshot that the
// sandbox continued from: the company, the clock, idempotency keys, limits,
// events, the request log, faults and chaos. OAuth logins stay.
func (h *Handler) Reset() error {
	h.delivering.Lock()
	defer h.delivering.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	s, err := h.build()
	if err != nil {
		return err
	}
	h.state = s
	h.faults.reset(h.config.chaos.fresh())
	h.requests.reset()
	return nil
}

// readFiles reads what WithData would.
func readFiles(data fs.FS) (map[string][]byte, error) {
	entries, err := fs.ReadDir(data, ".")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		if files[e.Name()], err = fs.ReadFile(data, e.Name()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// explicit is the Size that asks for exactly this much.
func (s Size) explicit() Size {
	for _, f := range s.fields() {
		if *f.value == 0 {
			*f.value = None
		}
	}
	return s
}
