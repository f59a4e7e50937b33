package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// triggered is a sample event that was sent.
type triggered struct {
	Type   string          `json:"event_type"`
	ID     string          `json:"webhook_id"`
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

var triggeredColumns = []output.Column[triggered]{
	output.Text("event_type", func(e triggered) string { return e.Type }),
	output.ID("webhook_id", func(e triggered) string { return e.ID }),
	output.Text("status", func(e triggered) string {
		return strings.TrimSpace(strconv.Itoa(e.Status) + " " + http.StatusText(e.Status))
	}),
}

func (a *App) webhooksTrigger() *cobra.Command {
	var to, secretEnv, deliveryID string
	cmd := &cobra.Command{
		Use:   "trigger EVENT_TYPE",
		Short: "Send a signed sample event to your own receiver",
		Long: `Send a signed sample event, to try a receiver before Brex sends real ones. Its values are made up.
The signing secret is read from BREX_WEBHOOK_SECRET, or from the variable that --secret-env names, or
else asked from Brex; with --sandbox it is the sandbox's, which brex webhooks serve --sandbox knows.

Event types with a published payload:
  ` + strings.Join(sampleTypes(), "\n  "),
		Example: `  brex webhooks trigger TRANSFER_PROCESSED --to http://localhost:8080 --sandbox
  brex webhooks trigger user-updated --to http://localhost:3000/brex --secret-env MY_SECRET`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("%q takes one event type: %s", words(cmd), strings.Join(sampleTypes(), ", "))
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return sampleTypes(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			sample, ok := samples[webhook.EventType(eventType(args[0]))]
			if !ok {
				why := "is not an event type that Brex documents"
				if slices.Contains(eventTypes(), eventType(args[0])) {
					why = "has a payload that Brex does not publish"
				}
				return usagef("%s %s; there are samples of %s", args[0], why, strings.Join(sampleTypes(), ", "))
			}
			if to == "" {
				return usagef("%q needs --to, the address of your receiver", words(cmd))
			}
			if err := webAddress("--to", to); err != nil {
				return err
			}
			named := cmd.Flags().Changed("secret-env")
			secrets, err := a.signingSecrets(cmd.Context(), secretEnv, named)
			if err != nil {
				return err
			}
			opts := []webhook.RequestOption{webhook.WithTime(a.Now())}
			for _, s := range secrets[1:] {
				opts = append(opts, webhook.AlsoSignedWith(s))
			}
			if deliveryID != "" {
				opts = append(opts, webhook.WithID(deliveryID))
			}
			req, err := webhook.NewRequest(cmd.Context(), to, secrets[0], sample(a.Now()), opts...)
			if err != nil {
				return usagef("%s", strings.TrimPrefix(strings.TrimPrefix(err.Error(), "webhook: "), "Sign: "))
			}
			return a.trigger(req, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&to, "to", "", "`address` of the receiver")
	f.StringVar(&secretEnv, "secret-env", secretVariable, "`name` of the variable that holds the signing secret")
	f.Var(&textValue{&deliveryID}, "id", "`Webhook-Id` of the delivery, to send the same one twice (default a new one)")
	return cmd
}

// trigger sends a signed request and prints what became of it.
func (a *App) trigger(req *http.Request, kind string) error {
	copied, err := req.GetBody()
	if err != nil {
		return err
	}
	body, err := io.ReadAll(copied)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: a.flags.timeout.d, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("--to: %w; is the receiver running?", wire.WithoutLocation(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // so that the receiver can finish
	sent := triggered{Type: eventType(kind), ID: req.Header.Get(webhook.HeaderID), Status: resp.StatusCode, Body: body}
	raw, err := json.Marshal(sent)
	if err != nil {
		return err
	}
	if err := printObject(a, triggeredColumns, sent, raw); err != nil {
		return err
	}
	if sent.Status/100 != 2 {
		return fmt.Errorf("the receiver responded with %d: Brex would send the event again%s", sent.Status, triggerAdvice[sent.Status])
	}
	return nil
}

// triggerAdvice says what a receiver's response most likely means.
var triggerAdvice = map[int]string{
	http.StatusUnauthorized:     "; does it have the same signing secret, and the same time?",
	http.StatusNotFound:         "; check the path of --to",
	http.StatusMethodNotAllowed: "; check the path of --to",
}
