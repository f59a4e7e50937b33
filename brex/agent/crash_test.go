package agent

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/internal/journal"
)

// The crash test pays in a child process that is killed by SIGKILL at every step. The sandbox is in
// the parent and knows what was really paid. What the child has written to the ledger and not synced
// is lost with it, as when the machine loses power.

func TestMain(m *testing.M) {
	if os.Getenv("BREX_AGENT_CHILD") != "" {
		child()
		return
	}
	os.Exit(m.Run())
}

// crash waits at a step for the parent to kill the process.
type crash struct {
	point string
	left  atomic.Int32
}

func (c *crash) at(point string) {
	if point == c.point && c.left.Add(-1) == 0 {
		fmt.Println("at " + point)
		select {}
	}
}

// powerFile is a file that loses what was not synced when its process dies.
type powerFile struct {
	*os.File
	crash   *crash
	noSync  bool // a mutant: a reservation is not synced before its request is sent
	pending []byte
	offset  int64
}

func (f *powerFile) WriteAt(p []byte, off int64) (int, error) {
	f.crash.at("write")
	if f.crash.point == "torn" && f.crash.left.Load() == 1 {
		_, _ = f.File.WriteAt(p[:len(p)/2], off)
	}
	f.crash.at("torn")
	f.pending, f.offset = append(f.pending, p...), off
	f.crash.at("written")
	return len(p), nil
}

func (f *powerFile) Sync() error {
	if f.noSync && strings.Contains(string(f.pending), eventReserved) {
		return nil
	}
	if _, err := f.File.WriteAt(f.pending, f.offset); err != nil {
		return err
	}
	if f.pending != nil {
		f.crash.at("synced")
	}
	f.pending = nil
	return nil
}

// crashTransport stops before a payment is sent, and after Brex has it.
type crashTransport struct{ crash *crash }

func (t crashTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == "GET" {
		return http.DefaultTransport.RoundTrip(r)
	}
	t.crash.at("send")
	resp, err := http.DefaultTransport.RoundTrip(r)
	t.crash.at("sent")
	return resp, err
}

// child pays the invoices named in its environment, one after the other.
func child() {
	fail := func(err error) {
		if err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
	}
	env := func(name string) string { return os.Getenv("BREX_AGENT_" + name) }
	point, count, _ := strings.Cut(env("POINT"), "@")
	c := &crash{point: point}
	n, _ := strconv.Atoi(count)
	c.left.Store(int32(n))
	now, err := time.Parse(time.RFC3339, env("NOW"))
	fail(err)
	clock := func() time.Time { return now }
	f := &fixture{payee: env("PAYEE"), account: env("ACCOUNT")}
	f.client, err = brex.New(brex.WithBaseURL(env("URL")), brex.WithToken(env("TOKEN")), brex.WithLimiter(nil),
		brex.WithHTTPClient(&http.Client{Transport: crashTransport{c}}))
	fail(err)
	policy, err := parse(env("POLICY"))
	fail(err)
	ledger, err := OpenLedger(filepath.Join(env("DIR"), "state"))
	fail(err)
	ledger.file.Open = func(path string) (journal.Handle, error) {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		return &powerFile{File: file, crash: c, noSync: env("MUTANT") == "no sync"}, err
	}
	log, err := OpenLog(filepath.Join(env("DIR"), "audit"), LogOptions{NoSync: true, Now: func() time.Time { c.at("log"); return now }})
	fail(err)
	g, err := NewGuard(f.client, policy, ledger, log, WithClock(clock))
	fail(err)
	s, err := g.As("payer", SessionOptions{Via: "child"})
	fail(err)
	for _, invoice := range strings.Split(env("INVOICES"), ",") {
		cents := int64(45000)
		if invoice == env("APPROVED") {
			cents = 60000
		}
		_, err := s.Money(background, "createTransfer", f.transfer(cents, invoice), "x")
		var denied *DeniedError
		var pending *PendingError
		if err != nil && !errors.As(err, &denied) && !errors.As(err, &pending) {
			fail(err)
		}
	}
	fmt.Println("end")
}

// killed runs the child until it ends, or kills it where it stops.
func (f *fixture) killed(t *testing.T, url, point, approved, mutant string, invoices []string) (bool, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	policy := fmt.Sprintf(policyText, f.company, f.payee, f.account)
	for name, value := range map[string]string{"CHILD": "1", "POINT": point, "NOW": f.now.Format(time.RFC3339), "URL": url, "TOKEN": f.sandbox.Token(),
		"PAYEE": f.payee, "ACCOUNT": f.account, "POLICY": policy, "DIR": f.dir, "INVOICES": strings.Join(invoices, ","), "APPROVED": approved, "MUTANT": mutant} {
		cmd.Env = append(cmd.Env, "BREX_AGENT_"+name+"="+value)
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	said := "nothing"
	for lines.Scan() {
		if said = lines.Text(); strings.HasPrefix(said, "at ") {
			require.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait()
			return true, nil
		}
	}
	_ = cmd.Wait()
	if said != "end" {
		return false, errors.New(said)
	}
	return false, nil
}

// paidInvoices counts the transfers at Brex by memo, with their sum in cents.
func (f *fixture) paidInvoices(t *testing.T) (map[string]int, int64) {
	t.Helper()
	paid, total := map[string]int{}, int64(0)
	for tr, err := range f.client.Transfers.All(background, brex.TransferListParams{}) {
		require.NoError(t, err)
		if strings.HasPrefix(tr.ExternalMemo, "INV-") {
			paid[tr.ExternalMemo]++
			total += tr.Amount.Amount
		}
	}
	return paid, total
}

// crashes kills a child at one step after another, and checks what was paid.
func crashes(t *testing.T, mutant string, kills int) error {
	f, url := setupURL(t, brextest.WithSize(brextest.Size{Users: 3, Vendors: 4, Transfers: brextest.None}))
	var pending *PendingError
	_, err := f.as(t, "payer").Money(background, "createTransfer", f.transfer(60000, "INV-8000"), "x")
	require.ErrorAs(t, err, &pending)
	require.NoError(t, f.guard.Ledger().Approve(background, f.guard.Log(), pending.Approval.ID, Person{Name: "cfo"}))
	invoices := []string{"INV-8000"}
	for i := range 12 {
		invoices = append(invoices, fmt.Sprintf("INV-70%02d", i))
	}
	points := []string{"write", "torn", "written", "synced", "send", "sent", "log"}
	r := rand.New(rand.NewPCG(3, 4))
	killed := 0
	for i := 0; i < kills; i++ {
		point := fmt.Sprintf("%s@%d", points[i%len(points)], 1+r.IntN(3))
		if mutant != "" {
			point = fmt.Sprintf("sent@%d", 1+r.IntN(2))
		}
		was, err := f.killed(t, url, point, "INV-8000", mutant, invoices)
		if err != nil {
			return err
		}
		if was {
			killed++
		}
	}
	if _, err := f.killed(t, url, "", "INV-8000", "", invoices); err != nil {
		return err
	}
	t.Logf("killed %d times", killed)
	paid, total := f.paidInvoices(t)
	for memo, n := range paid {
		if n > 1 {
			return fmt.Errorf("%s was paid %d times", memo, n)
		}
	}
	if total > 500000 {
		return fmt.Errorf("%d cents of a budget of 500000 were spent", total)
	}
	g := f.open(t, f.policy(t))
	spent, err := g.Ledger().Spent(background, "payer")
	if err != nil {
		return err
	}
	sum := int64(0)
	for _, s := range spent.Spends {
		sum += s.Amount.Amount
	}
	if sum < total {
		return fmt.Errorf("the ledger has %d cents, and %d were spent", sum, total)
	}
	v, err := VerifyLog(filepath.Join(f.dir, "audit"), nil)
	if err != nil {
		return err
	}
	decided := 0
	for _, rec := range f.records(t) {
		if rec.Kind == KindDecision && rec.Verdict == Allow {
			decided++
		}
	}
	if decided < len(paid) || len(v.Open) > killed {
		return fmt.Errorf("%d decisions for %d payments, %d without an outcome after %d kills", decided, len(paid), len(v.Open), killed)
	}
	return nil
}

// A child that is killed at every step never loses a spend, and never pays twice.
func TestCrashes(t *testing.T) {
	t.Parallel()
	kills := 42
	if testing.Short() {
		kills = 14
	}
	require.NoError(t, crashes(t, "", kills))
}

// The mutant that does not sync a reservation is found.
func TestCrashesFindAMissingSync(t *testing.T) {
	t.Parallel()
	err := crashes(t, "no sync", 8)
	require.Error(t, err)
	t.Log(err)
}
