package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// control calls the control API of the sandbox in the background and prints what it says.
func (a *App) control(ctx context.Context, method, path string, body any) error {
	r, err := a.startedSandbox()
	if err != nil {
		return err
	}
	text, err := controlCall(ctx, r, method, path, body)
	if err != nil {
		return err
	}
	a.rawResponse()
	return printObject(a, nil, struct{}{}, text)
}

// controlList makes a command of a list of the control API, which stands in a member of the response.
func (a *App) controlList(path, member string, names ...string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		r, err := a.startedSandbox()
		if err != nil {
			return err
		}
		text, err := controlCall(cmd.Context(), r, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		var response map[string]json.RawMessage
		var raw []json.RawMessage
		if err = json.Unmarshal(text, &response); err == nil {
			err = json.Unmarshal(response[member], &raw)
		}
		if err != nil {
			return fmt.Errorf("the sandbox at %s responds with something else: %w", r.BaseURL, err)
		}
		rows, err := objectsOf(raw)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			a.note("nothing found")
		}
		columns := make([]output.Column[object], len(names))
		for i, name := range names {
			columns[i] = output.Text(name, func(o object) string {
				if name == "deliveries" {
					return deliveredText(o[name])
				}
				return show(o[name])
			})
		}
		return printRows(a, columns, rows, raw)
	}
}

// deliveredText says how many deliveries of an event have succeeded.
func deliveredText(deliveries any) string {
	all, _ := deliveries.([]any)
	delivered := 0
	for _, one := range all {
		if d, _ := one.(map[string]any); d["delivered"] == true {
			delivered++
		}
	}
	return fmt.Sprintf("%d of %d delivered", delivered, len(all))
}

// startedSandbox is the sandbox in the background, which must be there.
func (a *App) startedSandbox() (*runningSandbox, error) {
	r, err := a.running()
	if err == nil && r == nil {
		err = usagef("no sandbox was started; brex sandbox start does it")
	}
	return r, err
}

func controlCall(ctx context.Context, r *runningSandbox, method, path string, body any) ([]byte, error) {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.BaseURL+brextest.ControlPath+path, in)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Brex-Sandbox", "cli")
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return nil, fmt.Errorf("the sandbox at %s does not respond; brex sandbox start makes a new one", r.BaseURL)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 != 2 {
		var said struct {
			Message string `json:"message"`
		}
		_ = json.Unmarshal(text, &said) // the status is said in any case
		if res.StatusCode == http.StatusNotFound && said.Message != "" {
			return nil, noObjectError{"the sandbox: " + said.Message}
		}
		return nil, fmt.Errorf("the sandbox refuses: %s", strings.TrimSpace(fmt.Sprintf("%d %s", res.StatusCode, said.Message)))
	}
	return text, nil
}
