package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// answering is a server that gives the pages one after the other, and the last one again and again.
func answering(t *testing.T, pages ...string) setup {
	t.Helper()
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, pages[min(n, len(pages)-1)])
		n++
	}))
	t.Cleanup(s.Close)
	return on(s.URL, "bxt_x")
}

func TestJSONIsWhatBrexAnswered(t *testing.T) {
	s := answering(t, `{ "items": [ {"id":"vendor_1", "company_name" : "A\u0026B é",
		"brand_new":{"b":12345678901234567890.10,"a":[1e400, null]}, "phone":null} ] }`)
	const want = `{"id":"vendor_1","company_name":"A\u0026B é","brand_new":{"b":12345678901234567890.10,"a":[1e400,null]},"phone":null}`
	assert.Equal(t, want+"\n", s.run(t, "vendors", "list", "-o", "jsonl").ok(t).out)
	assert.Equal(t, "[\n"+want+"\n]\n", s.run(t, "vendors", "list", "-o", "json").ok(t).out)
}

func TestUntrustedText(t *testing.T) {
	const name = `=cmd|'/c calc'!A1\u001b]0;owned\u0007\r\nnext\u009b31m\u202egnp\u2028\ud83d\ude00\udb40\udc41`
	s := answering(t, `{"items":[{"id":"vendor_1","company_name":"`+name+`","email":"-2+3@x","phone":"+1 415 555 0100"},
		{"id":"vendor_2","company_name":"raw `+"\u009b\u202e\xff"+`","email":"@SUM(A1)","phone":"-5"}]}`)
	for _, format := range []string{"table", "csv", "json", "jsonl"} {
		out := s.run(t, "vendors", "list", "-o", format).ok(t).out
		for _, line := range lines(t, out) {
			assert.Equal(t, output.Clean(line), line, format)
		}
		if format == "json" {
			assert.Equal(t, "=cmd|'/c calc'!A1\x1b]0;owned\a\r\nnext\u009b31m\u202egnp\u2028😀\U000e0041", objects(t, out)[0]["company_name"])
			assert.Equal(t, "raw \u009b\u202e\ufffd", objects(t, out)[1]["company_name"])
		}
	}
	csv := s.run(t, "vendors", "list", "-o", "csv").ok(t).out
	assert.Len(t, lines(t, csv), 3, "a record is one line")
	_, rows := records(t, csv)
	assert.Equal(t, `'=cmd|'/c calc'!A1\x1b]0;owned\x07  next\x9b31m\u202egnp 😀\ue0041`, rows[0]["company_name"])
	assert.Equal(t, "'-2+3@x", rows[0]["email"])
	assert.Equal(t, "+1 415 555 0100", rows[0]["phone"])
	assert.Equal(t, "'@SUM(A1)", rows[1]["email"])
	assert.Equal(t, "-5", rows[1]["phone"])
	_, rows = records(t, s.run(t, "vendors", "list", "-o", "csv", "--csv-formulas").ok(t).out)
	assert.Equal(t, "@SUM(A1)", rows[1]["email"])
}

func TestSecrets(t *testing.T) {
	s := answering(t, `{"items":[{"id":"dpacc_1","name":"Main","account_number":"123456789","routing_number":"021000021",
		"current_balance":{"amount":1},"available_balance":{"amount":1},"new":[{"iban":"DE00123456789","card_number":4111111111111111,"account_number":null}]}]}`)
	args := []string{"accounts", "list", "--type", "cash", "-o"}
	for _, format := range []string{"table", "csv", "json", "jsonl"} {
		hidden := s.run(t, append(args, format)...).ok(t).out
		assert.NotContains(t, hidden, "123456789", format)
		assert.NotContains(t, hidden, "4111", format)
		assert.Contains(t, hidden, "[redacted]6789", format)
		assert.Contains(t, s.run(t, append(args, format, "--show-secrets")...).ok(t).out, "123456789", format)
	}
	jsonl := s.run(t, append(args, "jsonl")...).ok(t).out
	assert.Contains(t, jsonl, `"new":[{"iban":"[redacted]6789","card_number":"[redacted]","account_number":null}]`)
	assert.Contains(t, jsonl, `"routing_number":"021000021"`)
}

func TestLongTableKeepsItsShape(t *testing.T) {
	r := setup{sandbox: []brextest.Option{brextest.WithSize(brextest.Size{Users: 2300})}}.run(t, "users", "list", "--all", "--sandbox").ok(t)
	all := lines(t, r.out)
	require.Len(t, all, 2301)
	column := strings.Index(all[0], "EMAIL")
	for _, line := range all[1:1001] {
		assert.Contains(t, line[column:], "@")
		assert.NotEqual(t, ' ', line[column])
	}
}

func TestListThatNeverEnds(t *testing.T) {
	s := answering(t, `{"items":[{"id":"vendor_1"}],"next_cursor":"a"}`)
	r := s.run(t, "vendors", "list", "--all", "-o", "json")
	line := r.fails(t, exitFailure)
	assert.Contains(t, line, "the cursor repeats")
	assert.Contains(t, line, "the list is incomplete")
	assert.NotEmpty(t, objects(t, r.out))
}

func TestEmptyPageIsNotTheEnd(t *testing.T) {
	s := answering(t, `{"items":[{"id":"vendor_1"}],"next_cursor":"a"}`, `{"items":[],"next_cursor":"b"}`, `{"items":[{"id":"vendor_2"}]}`)
	assert.Len(t, objects(t, s.run(t, "vendors", "list", "-o", "json").ok(t).out), 2)
}

// interrupted is a server whose second page never comes: stop is called instead.
func interrupted(t *testing.T, stop func()) *httptest.Server {
	t.Helper()
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			_, _ = io.WriteString(w, `{"items":[{"id":"vendor_1"},{"id":"vendor_2"}],"next_cursor":"a"}`)
			return
		}
		stop()
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	return s
}

func TestInterrupt(t *testing.T) {
	for format, rows := range map[string]int{"table": 3, "json": 4, "jsonl": 2, "csv": 3} {
		t.Run(format, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			s := on(interrupted(t, cancel).URL, "bxt_x")
			s.ctx = ctx
			r := s.run(t, "vendors", "list", "-o", format)
			assert.Equal(t, "brex: interrupted; the list is incomplete, it has 2 rows", r.fails(t, exitInterrupted))
			assert.Len(t, lines(t, r.out), rows)
			if format == "json" {
				assert.Len(t, objects(t, r.out), 2)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := setup{ctx: ctx}.run(t, "users", "list", "--sandbox", "-o", "json")
	assert.Equal(t, "brex: interrupted", r.fails(t, exitInterrupted))
	assert.Empty(t, r.out)
}

// fullDisk fails every write.
type fullDisk struct{ err error }

func (d fullDisk) Write([]byte) (int, error) { return 0, d.err }

func TestOutputThatCannotBeWritten(t *testing.T) {
	for _, args := range [][]string{{"expenses", "list", "--all"}, {"whoami"}, {"version"}, {"--help"}} {
		for _, format := range []string{"table", "json", "jsonl", "csv"} {
			line := append(args, "--sandbox", "-o", format)
			r := setup{stdout: fullDisk{syscall.EPIPE}}.run(t, line...).ok(t)
			assert.Empty(t, r.err, "%v", line)
			if args[0] == "--help" {
				continue // cobra does not look at the errors of help
			}
			r = setup{stdout: fullDisk{syscall.ENOSPC}}.run(t, line...)
			assert.Contains(t, r.fails(t, exitFailure), "no space left on device")
		}
	}
}

// process is the program as a process of its own.
func process(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), append(env, "BREX_CLI_TEST_MAIN=1", "BREX_NO_KEYRING=1", "XDG_CONFIG_HOME="+t.TempDir(), "HOME="+t.TempDir())...)
	return cmd
}

func TestProcessBrokenPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	defer writer.Close()
	var errs bytes.Buffer
	cmd := process(t, nil, "expenses", "list", "--sandbox", "--all")
	cmd.Stdout, cmd.Stderr = writer, &errs
	require.NoError(t, cmd.Run())
	assert.Empty(t, errs.String())
}

func TestProcessSignals(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		running := make(chan *os.Process, 1)
		s := interrupted(t, func() {
			p := <-running
			for range 100 { // timeout(1) sends its signal twice
				_ = p.Signal(signal) // it may have ended
			}
		})
		var out, errs bytes.Buffer
		cmd := process(t, []string{"BREX_TOKEN=bxt_x", "BREX_BASE_URL=" + s.URL}, "vendors", "list", "-o", "json")
		cmd.Stdout, cmd.Stderr = &out, &errs
		require.NoError(t, cmd.Start())
		running <- cmd.Process
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Wait(), &exit)
		assert.Equal(t, exitInterrupted, exit.ExitCode())
		assert.Len(t, objects(t, out.String()), 2)
		assert.Equal(t, "brex: interrupted; the list is incomplete, it has 2 rows\n", errs.String())
	}
}

func TestProcessExitCodes(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
	}{{[]string{"expenses", "list"}, exitUsage}, {[]string{"expenses", "get", "x", "--sandbox"}, exitNotFound}, {[]string{"frob"}, exitUsage}} {
		cmd := process(t, []string{"BREX_TOKEN="}, test.args...)
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Run(), &exit)
		assert.Equal(t, test.code, exit.ExitCode())
	}
}
