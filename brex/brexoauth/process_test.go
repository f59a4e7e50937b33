package brexoauth_test

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

// child is another process that uses the login: it says when it is ready, waits for a line, asks for a token in many goroutines and
// says what it got. At its crash point it says so and waits to be killed.
func child() {
	stdin := bufio.NewReader(os.Stdin)
	point, nth, _ := strings.Cut(os.Getenv("BREXOAUTH_TEST_CRASH"), "@")
	nth, fails := strings.CutSuffix(nth, ":fails")
	left, _ := strconv.Atoi(nth)
	brexoauth.SetCrashPoint(func(at string, f *os.File, data []byte) {
		if at != point {
			return
		}
		if left--; left != 0 {
			return
		}
		if f != nil && fails {
			_ = f.Close() // what follows fails as on a full disk
			return
		}
		if f != nil {
			_, _ = f.Write(data[:len(data)/2])
		}
		fmt.Println("at " + at)
		_, _ = io.Copy(io.Discard, stdin)
		select {}
	})
	now, err := time.Parse(time.RFC3339Nano, os.Getenv("BREXOAUTH_TEST_NOW"))
	fail := func(err error) {
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	fail(err)
	c, err := brexoauth.New(brexoauth.Config{ClientID: clientID, ClientSecret: wire.NewSecret(clientSecret), Issuer: os.Getenv("BREXOAUTH_TEST_ISSUER"),
		Clock: func() time.Time { return now }})
	fail(err)
	store, err := brexoauth.NewFileStore(os.Getenv("BREXOAUTH_TEST_STORE"))
	fail(err)
	source, err := c.TokenSource(store)
	fail(err)
	n, err := strconv.Atoi(os.Getenv("BREXOAUTH_TEST_GOROUTINES"))
	fail(err)
	fmt.Println("ready")
	_, err = stdin.ReadString('\n')
	fail(err)
	var mu sync.Mutex
	got := map[string]int{}
	together(n, func(int) {
		var result string
		token, err := source.Token()
		var again *brexoauth.SignInError
		switch {
		case err == nil:
			result = "token " + digest(token.AccessToken)
		case errors.As(err, &again):
			result = "sign in: " + string(again.Reason)
		default:
			result = "error " + err.Error()
		}
		mu.Lock()
		defer mu.Unlock()
		got[result]++
	})
	for result, times := range got {
		fmt.Println(times, result)
	}
}

func digest(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

// process is a child seen from its parent.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Scanner
}

// start starts a child and waits until it is ready.
func start(t *testing.T, s *brextest.Server, store *brexoauth.FileStore, goroutines int, crash string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "BREXOAUTH_TEST_CHILD=1", "BREXOAUTH_TEST_ISSUER="+s.URL+brextest.IssuerPath,
		"BREXOAUTH_TEST_STORE="+store.Path(), "BREXOAUTH_TEST_NOW="+s.Now().Format(time.RFC3339Nano),
		"BREXOAUTH_TEST_GOROUTINES="+strconv.Itoa(goroutines), "BREXOAUTH_TEST_CRASH="+crash)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{cmd, stdin, bufio.NewScanner(stdout)}
	require.Equal(t, "ready", p.line())
	return p
}

func (p *process) line() string {
	if !p.out.Scan() {
		return "(nothing)"
	}
	return p.out.Text()
}

func (p *process) begin(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(p.stdin, "go\n")
	require.NoError(t, err)
}

// end returns what the child said at the end.
func (p *process) end(t *testing.T) string {
	t.Helper()
	said := p.line()
	for p.out.Scan() {
		said += "; " + p.out.Text()
	}
	assert.NoError(t, p.cmd.Wait())
	return said
}

func TestProcessesRefreshOnce(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, brextest.WithOAuthRotation(0, true)) // a second refresh with the old token would end the login
	file := newFile(t, signIn(t, s, newClient(t, s)))
	for round := range 3 {
		s.Advance(2 * time.Hour)
		var ps []*process
		for range 4 {
			ps = append(ps, start(t, s, file, 50, ""))
		}
		for _, p := range ps {
			p.begin(t)
		}
		var said []string
		for _, p := range ps {
			said = append(said, p.end(t))
		}
		saved, err := file.Load(t.Context())
		require.NoError(t, err)
		for _, one := range said {
			require.Equal(t, "50 token "+digest(saved.AccessToken.Reveal()), one)
		}
		require.Equal(t, 200, status(t, s, "/v2/users", saved.AccessToken.Reveal()))
		require.Equal(t, round+1, s.OAuthStats().Refreshes)
		require.Zero(t, s.OAuthStats().RefreshesRefused)
	}
}

// TestKilled kills a process at every step of a refresh and lets another one go on.
func TestKilled(t *testing.T) {
	t.Parallel()
	const (
		kept      = iota // the next process has a login, by one refresh in all
		recovered        // the next process finishes what the dead one wrote
		lost             // the answer existed in the dead process only
	)
	for _, tc := range []struct {
		crash string
		want  int
	}{
		// Saving the login as it is, before the refresh token is spent.
		{"write@1", kept}, {"written@1", kept}, {"rename@1", kept}, {"renamed@1", kept},
		{"request@1", kept},
		// Between the answer and the last byte of the new login.
		{"answer@1", lost}, {"write@2", lost},
		{"written@2", recovered}, {"rename@2", recovered}, {"renamed@2", recovered}, {"saved@1", recovered},
	} {
		t.Run(tc.crash, func(t *testing.T) {
			t.Parallel()
			killed := func(opts ...brextest.Option) (*brextest.Server, *brexoauth.FileStore) {
				s := newIssuer(t, opts...)
				file := newFile(t, signIn(t, s, newClient(t, s)))
				s.Advance(2 * time.Hour)
				p := start(t, s, file, 3, tc.crash)
				p.begin(t)
				point, _, _ := strings.Cut(tc.crash, "@")
				require.Equal(t, "at "+point, p.line())
				require.NoError(t, p.cmd.Process.Kill())
				require.Error(t, p.cmd.Wait())
				return s, file
			}
			s, file := killed(brextest.WithOAuthRotation(0, true))
			atDeath := s.OAuthStats().Refreshes
			said := start(t, s, file, 3, "")
			said.begin(t)
			result := said.end(t)
			stats := s.OAuthStats()
			require.Equal(t, 1, stats.Refreshes)
			if tc.want == lost {
				require.Equal(t, "3 sign in: "+string(brexoauth.ReasonInterrupted), result)
				// Where the issuer takes the old token for a while, this is mended as well.
				s, file = killed(brextest.WithOAuthRotation(30*time.Second, true))
				again := start(t, s, file, 3, "")
				again.begin(t)
				result = again.end(t)
				require.Equal(t, 2, s.OAuthStats().Refreshes)
			} else {
				require.Zero(t, stats.RefreshesRefused)
				require.Equal(t, tc.want == recovered, atDeath == 1)
			}
			saved, err := file.Load(t.Context())
			require.NoError(t, err)
			require.Equal(t, "3 token "+digest(saved.AccessToken.Reveal()), result)
			require.Equal(t, 200, status(t, s, "/v2/users", saved.AccessToken.Reveal()))

			// And the refresh token is good: the next hour works, too.
			s.Advance(2 * time.Hour)
			_, err = newSource(t, newClient(t, s), file).Token()
			require.NoError(t, err)
			_, err = os.Stat(file.Path() + ".new")
			require.ErrorIs(t, err, os.ErrNotExist)
		})
	}
}

// TestWriteFails lets a write fail in the middle of a refresh: the next try works.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, brextest.WithOAuthRotation(0, true))
	file := newFile(t, signIn(t, s, newClient(t, s)))
	s.Advance(2 * time.Hour)
	p := start(t, s, file, 3, "write@2:fails")
	p.begin(t)
	said := p.end(t)
	saved, err := file.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, "3 token "+digest(saved.AccessToken.Reveal()), said)
	require.Equal(t, 1, s.OAuthStats().Refreshes)

	s.Advance(2 * time.Hour)
	p = start(t, s, file, 3, "write@1:fails")
	p.begin(t)
	require.Contains(t, p.end(t), "3 error "+brexoauth.ErrNotSaved.Error())
	require.Equal(t, 1, s.OAuthStats().Refreshes, "before anything is spent")
	_, err = file.Load(t.Context())
	require.NoError(t, err)
}
