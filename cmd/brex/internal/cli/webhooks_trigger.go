package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
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
	var to, secretEnv, deliveryID, data string
	cmd := &cobra.Command{
		Use:   "trigger EVENT_TYPE",
		Short: "Send a signed sample event to your own receiver",
		Long: `Send a signed sample event, to try a receiver before Brex sends real ones. Its values are made up;
--data replaces members of its payload, or makes the payload of a type that has no sample.
The signing secret is read from BREX_WEBHOOK_SECRET, or from the variable that --secret-env names, or
else asked from Brex; with --sandbox it is the sandbox's, which brex webhooks serve --sandbox knows.

Event types with a published payload:
  ` + strings.Join(sampleTypes(), "\n  "),
		Example: `  brex webhooks trigger TRANSFER_PROCESSED --to http://localhost:8080 --sandbox
  brex webhooks trigger user-updated --to http://localhost:3000/brex --secret-env MY_SECRET
  brex webhooks trigger TRANSFER_FAILED --to http://localhost:8080 --data @payload.json`,
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
			payload, err := a.payload(eventType(args[0]), data)
			if err != nil {
				return err
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
			req, err := webhook.NewRequest(cmd.Context(), to, secrets[0], payload, opts...)
			if err != nil {
				return usagef("%s", strings.TrimPrefix(strings.TrimPrefix(err.Error(), "webhook: "), "Sign: "))
			}
			return a.trigger(req, args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&to, "to", "", "`address` of the receiver")
	f.StringVar(&secretEnv, "secret-env", secretVariable, "`name` of the variable that holds the signing secret")
	f.StringVar(&data, "data", "", "members of the payload, a `JSON` object, @FILE, or - for standard input")
	f.Var(&textValue{&deliveryID}, "id", "`Webhook-Id` of the delivery, to send the same one twice (default a new one)")
	return cmd
}

// payload is the sample of a type, with the members of data in place of its own.
func (a *App) payload(kind, data string) (any, error) {
	sample, ok := samples[webhook.EventType(kind)]
	if data == "" && !ok {
		why := "is not an event type that Brex documents"
		if slices.Contains(eventTypes(), kind) {
			why = "has a payload that Brex does not publish; --data makes one"
		}
		return nil, usagef("%s %s; there are samples of %s", kind, why, strings.Join(sampleTypes(), ", "))
	}
	if data == "" {
		return sample(a.Now()), nil
	}
	given, err := a.readJSON("--data", data)
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	if ok {
		if members, err = samplePayload(sample(a.Now())); err != nil {
			return nil, err
		}
	}
	members["event_type"] = json.RawMessage(strconv.Quote(kind))
	if err := json.Unmarshal(given, &members); err != nil { // into what is there
		return nil, err
	}
	var said string
	if err := json.Unmarshal(members["event_type"], &said); err != nil || said != kind {
		return nil, usagef("--data: its event_type is not %s", kind)
	}
	return members, nil
}

// samplePayload is the body of an event, by its members.
func samplePayload(event webhook.Event) (members map[string]json.RawMessage, err error) {
	req, err := webhook.NewRequest(context.Background(), "http://localhost", brex.NewSecret(anySecret), event)
	if err != nil {
		return nil, err
	}
	return members, json.NewDecoder(req.Body).Decode(&members)
}

// anySecret signs what is only looked at.
const anySecret = "c2FtcGxlIHBheWxvYWQgc2VjcmV0"

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
