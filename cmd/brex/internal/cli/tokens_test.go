package cli

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// With BREX_TOKEN and --profile nothing is changed, since the two may belong to different
// companies.
func TestProfileAndTokenInTheEnvironment(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithToken("bxt_other", "users.readonly"))
	s := machine(t, server.URL)
	s.stdin = server.Token()
	s.run(t, "login", "--token", "--profile", "work").ok(t)
	s.stdin = ""
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("bxt_other\n"), 0o600))
	vendor := []string{"call", "createVendor", "--params", `{"company_name":"Acme"}`, "--yes"}
	for name, value := range map[string]string{"BREX_TOKEN": "bxt_other", "BREX_TOKEN_FILE": file} {
		s.env = map[string]string{"BREX_BASE_URL": server.URL, name: value}
		r := s.run(t, "vendors", "list", "--all", "--profile", "work").ok(t)
		require.Equal(t, 1, strings.Count(r.err, "the token is that of --profile work, not of "+name+", which is set too"), r.err)
		require.Empty(t, s.run(t, "users", "list", "--all").ok(t).err, "without a profile the variable is used")

		before := len(server.Requests())
		for _, args := range [][]string{
			vendor,
			{"call", "lockCard", "--params", `{"id":"card_1","reason":"CARD_LOST"}`, "--yes"},
			{"call", "getCardNumber", "--params", `{"id":"card_1"}`, "--yes"},
			{"webhooks", "create", "--url", "https://hooks.example/brex", "--event-types", "TRANSFER_PROCESSED"},
			{"webhooks", "delete", "websub_1"},
		} {
			r := s.run(t, append(args, "--profile", "work")...)
			line := r.fails(t, exitUsage)
			require.Contains(t, line, "is not sent")
			require.Contains(t, line, "unset "+name+" first")
			require.NotContains(t, line, "bxt_other")
			require.NotContains(t, line, "guard")
		}
		require.Len(t, server.Requests(), before, "nothing was sent")

		s.env["BREX_PROFILE"] = "work"
		require.Contains(t, s.run(t, vendor...).fails(t, exitUsage), name+" and BREX_PROFILE are both given")
		require.Contains(t, s.run(t, "users", "list").ok(t).err, "the token is that of "+name+", not of BREX_PROFILE")
	}
	s.env = map[string]string{"BREX_BASE_URL": server.URL}
	require.Empty(t, s.run(t, append(vendor, "--profile", "work")...).ok(t).err)
}

// A run of payments ends before anybody is asked and before its journal says that a payment begins.
func TestPayoutsWithTwoTokens(t *testing.T) {
	server, at, file := payoutSetup(t, invoices)
	run := strings.TrimSpace(at.run(t, "payouts", "plan", file).ok(t).out)
	at.person, at.stdin = true, "y\n"
	at.run(t, "payouts", "approve", run, "--as", "Ada").ok(t)
	at.stdin = server.Token()
	at.secret = server.Token()
	at.run(t, "login", "--token", "--profile", "work").ok(t)
	before, sent := tree(t, at.env["BREX_PAYOUTS_DIR"]), len(server.Requests())
	at.stdin = "y\n"
	r := at.run(t, "payouts", "run", run, "--profile", "work")
	require.Equal(t, exitUsage, r.code, r.err)
	require.Contains(t, r.err, "createTransfer is not sent: --profile work and BREX_TOKEN are both given")
	require.NotContains(t, r.err, "money is about to leave")
	require.Equal(t, before, tree(t, at.env["BREX_PAYOUTS_DIR"]))
	require.Len(t, server.Requests(), sent)
	delete(at.env, "BREX_TOKEN")
	at.run(t, "payouts", "run", run, "--profile", "work").ok(t)
}

// A variable that points to this machine does not get the token of a login for Brex.
func TestLoginsAreBoundToTheirAddress(t *testing.T) {
	server, other := brextest.NewServer(t, brextest.WithStrictQuery()), brextest.NewServer(t, brextest.WithStrictQuery())
	s := machine(t, server.URL)
	s.stdin = server.Token()
	s.run(t, "login", "--token").ok(t)
	delete(s.env, "BREX_BASE_URL")
	s.run(t, "login", "--token", "--no-check", "--profile", "real").ok(t)
	s.run(t, "users", "list").ok(t)
	for _, args := range [][]string{{"users", "list"}, {"users", "list", "--profile", "real"}} {
		s.env["BREX_BASE_URL"] = other.URL
		require.Contains(t, s.run(t, args...).fails(t, exitUsage), "BREX_BASE_URL: the login of the profile ")
		delete(s.env, "BREX_BASE_URL")
		require.Contains(t, s.run(t, append(args, "--base-url", other.URL)...).fails(t, exitUsage), "its token is not sent to 127.0.0.1:")
	}
	require.Empty(t, other.Requests())
	s.run(t, "users", "list", "--base-url", server.URL).ok(t)
}

func TestTokensKeptElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it takes a shell to write a program")
	}
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	dir := t.TempDir()
	program := filepath.Join(dir, "vault")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\ncase $1 in read) echo "+server.Token()+";; bad) echo '\"bxt_bad\"';; *) echo bxt_shown; exit 9;; esac\n"), 0o700))
	s := machine(t, server.URL)
	r := s.run(t, "auth", "status", "--token-command", program+" read").ok(t)
	require.Contains(t, r.out, "--token-command")
	require.NotContains(t, r.out+r.err, server.Token())
	require.Contains(t, s.run(t, "users", "list", "--token-command", program).fails(t, exitFailure), "no token from "+program+": exit status 9")
	for args, says := range map[string]string{
		"users list --token-command " + dir + "/nothing":       "there is no program",
		"users list --token-command a|b":                       "run without a shell",
		"users list --sandbox --token-command " + program:      "--token-command and --sandbox exclude each other",
		"users list --profile work --token-command " + program: "--profile and --token-command exclude each other",
		"login --token --token-command " + program:             "--token-command needs no login",
		"logout --token-command " + program:                    "--token-command has no login to forget",
	} {
		require.Contains(t, s.run(t, strings.Fields(args)...).fails(t, exitUsage), says, args)
	}
	line := s.run(t, "users", "list", "--token-command", program+" bad").fails(t, exitUsage)
	require.Contains(t, line, "--token-command: ")
	require.NotContains(t, line, "bxt_bad")

	file := filepath.Join(dir, "token")
	s.env["BREX_TOKEN_FILE"] = file
	require.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), "BREX_TOKEN_FILE: there is no file")
	require.NoError(t, os.WriteFile(file, []byte(server.Token()+"\n"), 0o600))
	require.Contains(t, s.run(t, "auth", "status").ok(t).out, "BREX_TOKEN_FILE")
	require.NoError(t, os.WriteFile(file, []byte("bxt bad\n"), 0o600))
	line = s.run(t, "users", "list").fails(t, exitUsage)
	require.Contains(t, line, "BREX_TOKEN_FILE: ")
	require.NotContains(t, line, "bad")
	require.NoError(t, os.Chmod(file, 0o644))
	require.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), "run chmod 600 "+file)
	s.env["BREX_TOKEN"] = "bxt_x"
	require.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), "BREX_TOKEN and BREX_TOKEN_FILE are both set")
}

// program is the program as a process that may use a keyring, with no environment but this.
func program(t *testing.T, env []string, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = append(env, "BREX_CLI_TEST_MAIN=1"), strings.NewReader(stdin), &out, &errs
	_ = cmd.Run() // the code says how
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// go-keyring starts a bus where it finds none. This program never does, and asks no bus of somebody
// else.
func TestProcessStartsNoBus(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program many times")
	}
	if runtime.GOOS != "linux" {
		t.Skip("there is no session bus")
	}
	if _, err := os.Stat("/run/user/" + strconv.Itoa(os.Getuid()) + "/bus"); err == nil {
		t.Skip("this machine has a session bus in the usual place")
	}
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	dir, err := os.MkdirTemp("", "bus") // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	started := filepath.Join(dir, "started")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte("#!/bin/sh\necho x >> "+started+"\n"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bus"), nil, 0o600)) // a plain file
	require.NoError(t, os.Mkdir(filepath.Join(dir, "foreign"), 0o700))
	foreign, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "foreign", "bus"), Net: "unix"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = foreign.Close() })
	buses := []string{"DBUS_SESSION_BUS_ADDRESS=autolaunch:", "XDG_RUNTIME_DIR=" + dir, "DBUS_SESSION_BUS_ADDRESS=unix:path=" + dir + "/bus",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + dir + "/nothing", "DBUS_SESSION_BUS_ADDRESS=unix:path=" + dir + "/nothing;autolaunch:", "X=y"}
	if os.Getuid() == 0 { // only root can make one of another user's
		require.NoError(t, os.Chown(filepath.Join(dir, "foreign", "bus"), 12345, -1))
		buses = append(buses, "XDG_RUNTIME_DIR="+dir+"/foreign", "DBUS_SESSION_BUS_ADDRESS=unix:path="+dir+"/foreign/bus")
	}
	for _, bus := range buses {
		home := t.TempDir()
		env := []string{"HOME=" + home, "PATH=" + dir + ":" + os.Getenv("PATH"), "BREX_BASE_URL=" + server.URL, bus}
		r := program(t, env, server.Token(), "login", "--token").ok(t)
		require.Contains(t, r.err, "the token is kept in "+home, bus)
		program(t, env, "", "users", "list").ok(t)
		require.Contains(t, program(t, env, "", "logout").ok(t).err, "stays valid until it is revoked", bus)
		require.NoFileExists(t, started, bus)
	}
}

// Where a proxy refuses the connection, doctor says that there is one, without its password.
func TestProcessDoctorNamesTheProxy(t *testing.T) {
	for _, status := range []string{"403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = http.ReadRequest(bufio.NewReader(conn))
				_, _ = io.WriteString(conn, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n")
				_ = conn.Close()
			}
		}()
		env := []string{"HOME=" + t.TempDir(), "BREX_NO_KEYRING=1", "BREX_TOKEN=bxt_x", "HTTPS_PROXY=http://user:hunter2@" + l.Addr().String()}
		r := program(t, env, "", "doctor", "-o", "json")
		require.Equal(t, exitFailure, r.code, r.err)
		for _, c := range objects(t, r.out) {
			if c["area"] == "host" || c["operation"] == "getMe" {
				require.Equal(t, stateUnreachable, c["state"])
				require.Contains(t, c["detail"], "the proxy "+l.Addr().String())
			}
		}
		require.NotContains(t, r.out+r.err, "hunter2")
		require.NoError(t, l.Close())
	}
}

// The hint about documented values comes where such a value was refused, and only there.
func TestAdviceOnRefusedValues(t *testing.T) {
	const create = `call createVendor --yes --params {"company_name":"Acme"}`
	for _, test := range []struct {
		body, args string
		advice     bool
	}{
		{`{"message":"status[] is invalid"}`, "expenses list", true},
		{`{"message":"Invalid value for 'status'"}`, "expenses list", true},
		{`{"message":"Unsupported entity expansion: foo"}`, "expenses list", true},
		{`{"message":"No enum constant com.example.Status.FOO"}`, "vendors list", true},
		{`{"type":"VALIDATION","message":"payment_type must be one of ACH, CHEQUE"}`, create, true},
		{`{"message":"the company is not active"}`, "expenses list", false},
		{`{"message":"bad request"}`, "vendors list", false},
		{`{"message":"USER_EXISTS"}`, create, false},
		{`{"type":"INSUFFICIENT_FUNDS","message":"The account has not enough funds for this limit"}`, create, false},
		{``, create, false},
	} {
		server := brextest.NewServer(t, brextest.WithStrictQuery())
		server.FailNext("", brextest.Status(400, test.body), 1)
		line := on(server.URL, server.Token()).run(t, strings.Fields(test.args)...).fails(t, exitFailure)
		require.Equal(t, test.advice, strings.Contains(line, "lists the values that Brex documents"), line)
	}
}

// What --expand names fills columns; it changes neither which there are nor what the others hold.
func TestExpandKeepsTheColumns(t *testing.T) {
	plain := sandbox(t, "expenses", "list", "-o", "csv", "--limit", "20").ok(t).out
	header, want := records(t, plain)
	filled := map[string]bool{}
	for _, expand := range []string{"user", "merchant", "budget", "department,location", "spending_entity", "receipts.download_uris,payment,policy"} {
		got, rows := records(t, sandbox(t, "expenses", "list", "-o", "csv", "--limit", "20", "--expand", expand).ok(t).out)
		require.Equal(t, header, got, expand)
		require.Len(t, rows, len(want))
		for i, row := range rows {
			for column, value := range row {
				if strings.Contains(","+expand+",", ","+column+",") {
					filled[column] = filled[column] || value != ""
					require.True(t, value == "" || value != row[column+"_id"], "%s is an id", column)
					continue
				}
				require.Equal(t, want[i][column], value, "%s with --expand %s", column, expand)
			}
		}
	}
	for _, column := range []string{"user", "merchant", "budget", "department", "location", "spending_entity"} {
		require.True(t, filled[column], "%s is never filled", column)
	}
	for _, column := range []string{"user", "merchant"} { // in any case
		require.NotEmpty(t, want[0][column])
	}
	id := want[0]["id"]
	header, one := records(t, sandbox(t, "expenses", "get", id, "-o", "csv", "--expand", "budget").ok(t).out)
	require.Equal(t, want[0]["user"], one[0]["user"])
	require.Contains(t, header, "budget")

	// A server that does not expand leaves names empty rather than filling in ids.
	require.Empty(t, expenseColumnValue(t, "user"))
}

// expenseColumnValue is what a column shows of an expense that was not expanded.
func expenseColumnValue(t *testing.T, column string) string {
	t.Helper()
	server := brextest.NewServer(t)
	server.FailNext("", brextest.Status(200, `{"items":[{"id":"expense_1","updated_at":"2026-11-01T00:00:00Z","user_id":"cuuser_1","merchant_id":"m_1"}],"next_cursor":null}`), 1)
	_, rows := records(t, on(server.URL, server.Token()).run(t, "expenses", "list", "-o", "csv").ok(t).out)
	require.Equal(t, "cuuser_1", rows[0]["user_id"])
	return rows[0][column]
}
