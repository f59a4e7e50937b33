package agent

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// keys are a signer and what verifies it.
func keys(t testing.TB) (note.Signer, note.Verifiers) {
	t.Helper()
	private, public, err := NewLogKey("audit.example")
	require.NoError(t, err)
	signer, err := note.NewSigner(private)
	require.NoError(t, err)
	verifier, err := note.NewVerifier(public)
	require.NoError(t, err)
	return signer, note.VerifierList(verifier)
}

func logDir(t testing.TB) string { return filepath.Join(t.TempDir(), "log") }

func sampleLog(t testing.TB, dir string, opts LogOptions, n int) *Log {
	t.Helper()
	opts.NoSync = true
	opts.Now = func() time.Time { return brextest.DefaultNow }
	l, err := OpenLog(dir, opts)
	require.NoError(t, err)
	for i := range n {
		r := Record{Kind: KindDecision, ID: fmt.Sprintf("r-%d", i), Agent: "a", Operation: "createTransfer", Verdict: Deny, Rule: "x", Args: map[string]string{"amount": "1.00 USD"}}
		require.NoError(t, l.Append(r.withSentence(nil)))
	}
	return l
}

// Any byte that is changed, and any line that is cut, before a checkpoint is found: all of them, on
// a log of three files.
func TestEveryChangeIsFound(t *testing.T) {
	t.Parallel()
	dir := logDir(t)
	signer, verifiers := keys(t)
	require.NoError(t, sampleLog(t, dir, LogOptions{Signer: signer, MaxFile: 700}, 5).Close())
	whole, err := VerifyLog(dir, verifiers)
	require.NoError(t, err)
	require.Greater(t, whole.Files, 1)
	require.Equal(t, whole.Records, whole.Checkpoint)
	names, err := logFiles(dir)
	require.NoError(t, err)
	step := 1
	if testing.Short() {
		step = 7
	}
	found := func(what string, args ...any) {
		_, err := VerifyLog(dir, verifiers)
		require.ErrorIs(t, err, ErrLog, what, args)
	}
	for _, name := range append(names, checkpointName) {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for i := 0; i < len(data); i += step {
			bad := bytes.Clone(data)
			bad[i] ^= []byte{1, 0x20, 0x80}[i%3]
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			found("a changed byte", name, i)
		}
		if name != checkpointName {
			lines := bytes.SplitAfter(data, []byte("\n"))
			for i := range lines[:len(lines)-1] {
				require.NoError(t, os.WriteFile(path, bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil), 0o600))
				found("a line that is missing", name, i)
				require.NoError(t, os.WriteFile(path, bytes.Join(append(append([][]byte{}, lines[:i+1]...), lines[i:]...), nil), 0o600))
				found("a line that is there twice", name, i)
			}
			if len(data) == 0 {
				continue // begun and not used: nothing is lost with it
			}
			require.NoError(t, os.Remove(path))
			found("a file that is missing", name)
		}
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	_, err = VerifyLog(dir, verifiers)
	require.NoError(t, err)
}

// A checkpoint that left the machine finds a log that was written anew with the key, and one that
// went back to an older checkpoint.
func TestExportedCheckpoint(t *testing.T) {
	t.Parallel()
	signer, verifiers := keys(t)
	var exported [][]byte
	dir := logDir(t)
	l := sampleLog(t, dir, LogOptions{Signer: signer, Every: 4, Export: func(c []byte) error { exported = append(exported, c); return nil }}, 9)
	require.NoError(t, l.Close())
	require.Len(t, exported, 3)
	_, err := VerifyLog(dir, verifiers, exported...)
	require.NoError(t, err)
	forged := logDir(t)
	require.NoError(t, sampleLog(t, forged, LogOptions{Signer: signer, Every: 4}, 6).Close())
	_, err = VerifyLog(forged, verifiers)
	require.NoError(t, err, "nobody can tell without the exported ones")
	_, err = VerifyLog(forged, verifiers, exported...)
	require.ErrorContains(t, err, "the end was cut off")
	_, others := keys(t)
	_, err = VerifyLog(dir, others)
	require.ErrorIs(t, err, ErrLog)
}

// Several processes write one log, through rotations, and it is one chain.
func TestLogOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	dir := logDir(t)
	var wg sync.WaitGroup
	for i := range 4 {
		l := sampleLog(t, dir, LogOptions{MaxFile: int64(2000 + 500*i)}, 0)
		wg.Go(func() {
			for range 40 {
				if err := l.Append(Record{Kind: KindLook, Agent: "a"}.withSentence(nil)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	v, err := VerifyLog(dir, nil)
	require.NoError(t, err)
	require.Equal(t, v.Records, int64(160+v.Files-1), "the records, and one for each rotation")
	require.Greater(t, v.Files, 5)
}

// A last line that was cut off, at any byte, is left out, and the log goes on.
func TestTornLog(t *testing.T) {
	t.Parallel()
	dir := logDir(t)
	require.NoError(t, sampleLog(t, dir, LogOptions{}, 3).Close())
	path := filepath.Join(dir, logName(1))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	last := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
	for cut := last + 1; cut < len(data); cut += 7 {
		require.NoError(t, os.WriteFile(path, data[:cut], 0o600))
		v, err := VerifyLog(dir, nil)
		require.NoError(t, err)
		require.True(t, v.Torn)
		require.EqualValues(t, 2, v.Records)
		l := sampleLog(t, dir, LogOptions{}, 1)
		require.NoError(t, l.Close())
		v, err = VerifyLog(dir, nil)
		require.NoError(t, err)
		require.EqualValues(t, 3, v.Records)
	}
}

// What cannot be logged is not sent, and its amount is not spent.
func TestNoLogNoRequest(t *testing.T) {
	t.Parallel()
	f := setup(t)
	s := f.as(t, "payer")
	require.NoError(t, f.guard.log.file.Close()) // as a full disk would
	_, err := s.Money(background, "createTransfer", f.transfer(40000, "INV-4711"), "x")
	require.ErrorIs(t, err, ErrLog)
	_, err = s.Read(background, ReadRequest{Operation: "listVendors"})
	require.ErrorIs(t, err, ErrLog)
	require.Zero(t, f.wire.Load())
	spent, err := f.guard.Ledger().Spent(background, "payer")
	require.NoError(t, err)
	require.Empty(t, spent.Spends)
}

// A person's changes are in the same log, reads are not, and none is sent that cannot be logged.
func TestPeopleAreLogged(t *testing.T) {
	t.Parallel()
	f := setup(t)
	log := sampleLog(t, filepath.Join(f.dir, "audit"), LogOptions{}, 0)
	s := brextest.NewServer(t)
	client, err := brex.New(append(log.WithLog("ada", "program"), brex.WithBaseURL(s.URL), brex.WithToken(s.Token()))...)
	require.NoError(t, err)
	_, err = client.Call(background, "listTitles", nil)
	require.NoError(t, err)
	_, err = client.Call(background, "createTitle", map[string]any{"name": "a secret plan"})
	require.NoError(t, err)
	_, err = client.Call(background, "deleteVendor", map[string]any{"id": "vendor_none"})
	require.Error(t, err)
	all := f.records(t)
	require.Len(t, all, 4)
	require.Equal(t, []Kind{KindPerson, KindOutcome, KindPerson, KindOutcome}, []Kind{all[0].Kind, all[1].Kind, all[2].Kind, all[3].Kind})
	require.Equal(t, "done", all[1].Outcome)
	require.Equal(t, "refused", all[3].Outcome)
	require.Equal(t, 404, all[3].Status)
	text, err := json.Marshal(all)
	require.NoError(t, err)
	require.NotContains(t, string(text), "secret plan")
	require.NoError(t, log.Close())
	_, err = client.Call(background, "createTitle", map[string]any{"name": "another"})
	require.ErrorIs(t, err, brex.ErrGuard)
}

// The log has ids and amounts, and neither memos nor reasons nor what others wrote.
func TestLogHasNoText(t *testing.T) {
	t.Parallel()
	f := setup(t)
	s := f.as(t, "payer")
	_, err := s.Money(background, "createTransfer", f.transfer(40000, "INV-47110815"), "SECRET reason")
	require.NoError(t, err)
	_, err = s.Money(background, "createTransfer", f.transfer(90000, "INV-47110816"), "SECRET reason")
	require.Error(t, err)
	_, err = s.Read(background, ReadRequest{Operation: "listVendors"})
	require.NoError(t, err)
	require.NoError(t, s.Refuse("brex_nothing\x1b[31m", "unknown tool"))
	var text strings.Builder
	require.NoError(t, ExportLog(filepath.Join(f.dir, "audit"), &text, ExportJSON, nil))
	for _, never := range []string{"INV-4711", "SECRET", "\x1b", "bxt_"} {
		require.NotContains(t, text.String(), never)
	}
	var all []Record
	require.NoError(t, json.Unmarshal([]byte(text.String()), &all))
	require.Contains(t, all[1].Say, "payer was allowed createTransfer of 400.00 USD to "+f.payee)
	text.Reset()
	require.NoError(t, ExportLog(filepath.Join(f.dir, "audit"), &text, ExportCSV, func(r Record) bool { return r.Verdict == Allow }))
	require.Equal(t, 3, strings.Count(text.String(), "\n"), "a header and two that were allowed")
	v, err := VerifyLog(filepath.Join(f.dir, "audit"), nil)
	require.NoError(t, err)
	require.Empty(t, v.Open)
}

// FuzzLog: whatever is in the file, reading it ends, and what is not the log that was written before
// a checkpoint is found.
func FuzzLog(f *testing.F) {
	dir := logDir(f)
	signer, verifiers := keys(f)
	require.NoError(f, sampleLog(f, dir, LogOptions{Signer: signer}, 3).Close())
	path := filepath.Join(dir, logName(1))
	whole, err := os.ReadFile(path)
	require.NoError(f, err)
	mark, err := os.ReadFile(filepath.Join(dir, checkpointName))
	require.NoError(f, err)
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte("{}\n"))
	f.Add(bytes.Replace(whole, []byte(`"v":1`), []byte(`"V":1`), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, logName(1)), data, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, checkpointName), mark, 0o600))
		if _, err := VerifyLog(dir, verifiers); err == nil {
			require.True(t, bytes.HasPrefix(data, whole), "another log passes for this one")
		}
	})
}

// A record has the bytes that encoding/json gives it: VerifyLog encodes each record again, also
// those that earlier versions wrote.
func TestRecordEncoding(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 16, 44, 2, 113846000, time.UTC)
	for _, r := range []Record{{}, {At: at}, {At: at.Truncate(time.Second)}, {Version: 1, Seq: 7, At: at, Kind: KindDecision, ID: "r-1",
		Args: map[string]string{"b": "<&>", "a": "\u2028\"é"}, Verdict: Allow, Status: 409, Rows: 3, Say: "a <b>", Prev: "00"}} {
		var want, got bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		require.NoError(t, enc.Encode(r))
		require.NoError(t, r.encode(&got))
		require.Equal(t, want.String(), got.String())
	}
}

// A log that does not verify is set aside whole, and the new one names it by its hash. One that
// verifies is not.
func TestReplaceLog(t *testing.T) {
	t.Parallel()
	dir, ada := logDir(t), Person{Name: "ada", User: "ada"}
	signer, verifiers := keys(t)
	opts := LogOptions{Signer: signer, NoSync: true, MaxFile: 1000, Now: func() time.Time { return brextest.DefaultNow }}
	require.NoError(t, sampleLog(t, dir, opts, 9).Close())
	_, err := ReplaceLog(dir, ada, verifiers, opts)
	require.ErrorIs(t, err, ErrWhole)

	running := sampleLog(t, dir, opts, 1)
	file := filepath.Join(dir, logName(1))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	text = bytes.Replace(text, []byte("1.00 USD"), []byte("9.00 USD"), 1)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	before := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var sums strings.Builder
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		if before[e.Name()] = string(text); e.Name() != "lock" {
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(text), e.Name())
		}
	}
	require.Greater(t, len(before), 3)
	folder, err := ReplaceLog(dir, ada, verifiers, opts)
	require.NoError(t, err)
	for name, want := range before {
		text, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		require.Equal(t, want, string(text), name)
	}
	require.ErrorIs(t, running.Append(Record{Kind: KindLook}), ErrLog)
	_, err = VerifyLog(folder, verifiers)
	require.ErrorIs(t, err, ErrLog)

	v, err := VerifyLog(dir, verifiers)
	require.NoError(t, err)
	require.EqualValues(t, 1, v.Checkpoint)
	for r, err := range ReadLog(dir) {
		require.NoError(t, err)
		require.Equal(t, KindReplace, r.Kind)
		require.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(sums.String()))), r.Args["sha256"])
		require.Equal(t, "ada began this log in place of one that does not verify, now "+filepath.Base(folder)+" with SHA-256 "+r.Args["sha256"]+".", r.Say)
	}
	_, err = ReplaceLog(dir, ada, verifiers, opts)
	require.ErrorIs(t, err, ErrWhole)
}
