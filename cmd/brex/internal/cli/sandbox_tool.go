package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// sandboxProfile is the profile that stands for the sandbox in the background.
const sandboxProfile = "sandbox"

// runningSandbox is what is known of the sandbox in the background. Its tokens open nothing else.
type runningSandbox struct {
	PID     int               `json:"pid"`
	BaseURL string            `json:"base_url"`
	Tokens  map[string]string `json:"tokens"`
}

// sandboxFile is where the sandbox in the background is noted.
func (a *App) sandboxFile() (string, error) {
	if a.ConfigDir == nil {
		return "", errors.New("there is no directory for the sandbox's state")
	}
	dir, err := a.ConfigDir()
	return filepath.Join(dir, "brex", "sandbox.json"), err
}

// running is the sandbox in the background; nil where none was started.
func (a *App) running() (*runningSandbox, error) {
	file, err := a.sandboxFile()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var r runningSandbox
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err == nil && (!profile.OnThisMachine(hostName(r.BaseURL)) || r.Tokens["admin"] == "") {
		err = errors.New("it is not what brex sandbox start wrote")
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w; remove it", file, err)
	}
	return &r, nil
}

func hostName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// sandboxCredential is the login of the sandbox in the background, where the profile of that name is asked for and no real one has it.
func (a *App) sandboxCredential() (*profile.Credential, string, error) {
	name, named, err := a.logins().Name(a.flags.profile)
	if err != nil || !named || name != sandboxProfile {
		return nil, "", nil
	}
	if variable, err := a.logins().Variable(); err != nil || variable != "" && a.flags.profile == "" || a.flags.tokenCommand != "" {
		return nil, "", nil // another place says where the token is, or what is wrong
	}
	if p, err := a.logins().Load(name); p != nil || err != nil {
		return nil, "", nil
	}
	r, err := a.running()
	if err != nil || r == nil {
		return nil, "", err
	}
	cred, err := a.logins().Local("the sandbox in the background", brex.WithToken(r.Tokens["admin"]), a.flags.profile)
	return cred, r.BaseURL, err
}

// sandboxVerbs are the commands that start, stop and work the sandbox in the background.
func (a *App) sandboxVerbs() []*cobra.Command {
	post := func(path string, body func(args []string) any) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, args []string) error {
			return a.control(cmd.Context(), http.MethodPost, fillPath(path, args), body(args))
		}
	}
	get := func(path string) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, _ []string) error {
			return a.control(cmd.Context(), http.MethodGet, path, nil)
		}
	}
	nothing := func([]string) any { return map[string]any{} }
	clock := group("clock", "The sandbox's clock", &cobra.Command{Use: "advance DURATION", Short: "Move the clock on, such as 36h or 3d", Args: exactly(1, "a duration, such as 36h or 3d"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := days(args[0])
			if err != nil {
				return err
			}
			return a.control(cmd.Context(), http.MethodPost, "clock", map[string]any{"advance": d})
		}})
	return []*cobra.Command{a.sandboxStart(), a.sandboxStop(),
		{Use: "status", Short: "Show the clock and what is in the sandbox", Args: noArgs, RunE: get("status")},
		{Use: "reset", Short: "Make everything as it was at the start", Args: noArgs, RunE: post("reset", nothing)},
		{Use: "requests", Short: "Show the latest requests", Args: noArgs, RunE: a.controlList("requests", "requests", "at", "status", "duration_ms", "method", "path", "operation")},
		{Use: "tables", Short: "Name the tables, with how many rows they have", Args: noArgs, RunE: a.controlList("state", "tables", "name", "rows")},
		a.sandboxEdit(), a.sandboxRemove(),
		clock, a.sandboxEvents(), a.sandboxFaults(), a.sandboxPurchase(),
		{Use: "approve TRANSFER", Short: "Approve a transfer, as a person would in the dashboard", Args: exactly(1, "the id of a transfer"), RunE: post("transfers/%s/approve", nothing)},
		{Use: "deny TRANSFER", Short: "Deny a transfer", Args: exactly(1, "the id of a transfer"), RunE: post("transfers/%s/deny", nothing)},
	}
}

func fillPath(path string, args []string) string {
	if strings.Contains(path, "%s") {
		return fmt.Sprintf(path, url.PathEscape(args[0]))
	}
	return path
}

// exactly is a number of arguments, and what they are.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%q needs %s", words(cmd), what)
		}
		return nil
	}
}

// days reads a duration that may have days, which time.ParseDuration does not know.
func days(text string) (string, error) {
	if n, ok := strings.CutSuffix(text, "d"); ok {
		if d, err := strconv.Atoi(n); err == nil && d > 0 && d < 100_000 {
			return strconv.Itoa(24*d) + "h", nil
		}
	}
	if d, err := time.ParseDuration(text); err != nil || d <= 0 {
		return "", usagef("%q must be a duration above zero, such as 36h or 3d", text)
	}
	return text, nil
}

// sandboxStart starts the program again, as a sandbox that outlives this command.
func (a *App) sandboxStart() *cobra.Command {
	port := portValue{0}
	var snapshot string
	cmd := &cobra.Command{Use: "start", Short: "Start a sandbox in the background, for --profile sandbox",
		Long: paragraphs("Start a sandbox in the background. Other commands use it with --profile sandbox, or BREX_PROFILE=sandbox; brex sandbox stop ends it."),
		Args: noArgs, Example: "  brex sandbox start",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := a.running()
			if err != nil {
				return err
			}
			if r != nil {
				if _, err := controlCall(cmd.Context(), r, http.MethodGet, "status", nil); err == nil {
					return usagef("a sandbox runs at %s already; brex sandbox stop ends it", r.BaseURL)
				}
			}
			args := []string{"sandbox", "-o", "jsonl", "--port", strconv.Itoa(port.n)}
			if snapshot != "" {
				args = append(args, "--snapshot", snapshot)
			}
			return a.startSandbox(args)
		}}
	cmd.Flags().Var(&port, "port", "port to listen on, 0 for any that is free")
	cmd.Flags().StringVar(&snapshot, "snapshot", "", "continue from this `file` when it exists, and save everything there at the end")
	return cmd
}

// startSandbox runs the program with args until it says where it listens, and notes that.
func (a *App) startSandbox(args []string) error {
	file, err := a.sandboxFile()
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(exe, args...)
	detach(child)
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	var errs bytes.Buffer
	said, err := os.CreateTemp("", "brex-sandbox-*") // not a pipe: the child goes on after this program has ended
	if err != nil {
		return err
	}
	defer os.Remove(said.Name())
	defer said.Close()
	child.Stderr = said
	if err := child.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var address struct {
		BaseURL string            `json:"base_url"`
		Tokens  map[string]string `json:"tokens"`
	}
	if err == nil {
		err = json.Unmarshal(line, &address)
	}
	if err != nil {
		_ = child.Process.Kill() // it is of no use
		_ = child.Wait()
		if text, readErr := os.ReadFile(said.Name()); readErr == nil {
			errs.Write(text)
		}
		return fmt.Errorf("the sandbox did not start: %s", strings.TrimPrefix(strings.TrimSpace(errs.String()), "brex: "))
	}
	r := runningSandbox{PID: child.Process.Pid, BaseURL: address.BaseURL, Tokens: address.Tokens}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return errors.Join(err, child.Process.Kill())
	}
	a.note("a sandbox runs at %s; its page is %s; use it with --profile %s", r.BaseURL, r.BaseURL+brextest.ControlPath, sandboxProfile)
	return child.Process.Release()
}

// sandboxStop ends the sandbox in the background.
func (a *App) sandboxStop() *cobra.Command {
	return &cobra.Command{Use: "stop", Short: "End the sandbox in the background", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := a.running()
			if err != nil {
				return err
			}
			file, fileErr := a.sandboxFile()
			if r == nil || fileErr != nil {
				a.note("no sandbox was started")
				return fileErr
			}
			// The number may be another program's by now: only what responds as this sandbox is ended.
			if _, err := controlCall(cmd.Context(), r, http.MethodGet, "status", nil); err == nil {
				p, err := os.FindProcess(r.PID)
				if err == nil {
					err = p.Signal(os.Interrupt)
				}
				if err != nil {
					return fmt.Errorf("the sandbox with the process number %d cannot be ended: %w", r.PID, err)
				}
			}
			a.note("the sandbox at %s has ended", r.BaseURL)
			return os.Remove(file)
		}}
}
