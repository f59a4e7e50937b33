package cli

import (
	"context"
	"iter"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
	"github.com/brex-go/sdk/gen/operations"
)

func (a *App) webhooks() *cobra.Command {
	return group("webhooks", "Events that Brex sends: subscriptions, a receiver, samples", a.webhooksList(),
		newWebhooksCreate(a, nil), newWebhooksUpdate(a, nil), newWebhooksDelete(a, nil), calls(a.webhooksSecrets(), operations.ListWebhookSecrets), a.webhooksServe(), a.webhooksTrigger())
}

func (a *App) webhooksList() *cobra.Command {
	var p brex.WebhookListParams
	l := &lister[brex.Webhook]{columns: webhookColumns}
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List webhook subscriptions",
		Example: "  brex webhooks list --sandbox",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}
	l.read = read(&p, func(s *session) pages[brex.WebhookListParams, brex.Webhook] { return s.Webhooks.Pages })
	q := newQuery(cmd, operations.ListWebhookSubscriptions)
	l.bind(cmd, q, &p.Cursor, &p.Limit)
	return cmd
}

// eventTypesLong names the types where they can be given.
const eventTypesLong = `

Event types: TRANSFER_PROCESSED, TRANSFER_FAILED, EXPENSE_PAYMENT_UPDATED, USER_UPDATED,
ACCOUNTING_RECORD_READY_FOR_EXPORT, REFERRAL_CREATED, REFERRAL_ACTIVATED,
REFERRAL_APPLICATION_STATUS_CHANGED, and the EMBEDDED and PARTNERSHIP types, whose payload Brex does
not publish.`

// newWebhooksCreate registers an address for events.
func newWebhooksCreate(a *App, run runFunc) *cobra.Command {
	var address string
	var types []brex.WebhookEventType
	return daily{
		op: operations.CreateWebhookSubscription, use: "create", short: "Register an address that events are sent to",
		long: "Register an address that events are sent to. Brex allows one for each customer or client id." + eventTypesLong,
		example: `  brex webhooks create --url https://example.com/brex --event-types TRANSFER_PROCESSED,TRANSFER_FAILED
  brex webhooks create --sandbox --url https://example.com/brex --event-types user-updated`,
		flags: func(cmd *cobra.Command) {
			f := cmd.Flags()
			f.Var(&textValue{&address}, "url", "`address` that events are sent to; Brex wants https")
			f.Var(&eventTypesValue{&types}, "event-types", "types of events to send, separated by commas")
			completeWith(cmd, "event-types", eventTypes)
		},
		fill: func(cmd *cobra.Command, body, _ map[string]any) error {
			if !cmd.Flags().Changed("body") {
				switch {
				case address == "":
					return usagef("%q needs --url, the address that events are sent to", words(cmd))
				case len(types) == 0:
					return usagef("%q needs --event-types; %s --help lists them", words(cmd), cmd.CommandPath())
				}
			}
			return hookMembers(body, address, types)
		},
	}.command(a, run)
}

// hookMembers puts the members that create and update share into a body.
func hookMembers(body map[string]any, address string, types []brex.WebhookEventType) error {
	if address != "" {
		if err := hookAddress(address); err != nil {
			return err
		}
		body["url"] = address
	}
	if len(types) > 0 {
		body["event_types"] = texts(types)
	}
	return nil
}

func texts[T ~string](list []T) []any {
	all := make([]any, len(list))
	for i, one := range list {
		all[i] = string(one)
	}
	return all
}

// hookAddress refuses what Brex cannot or should not send events to. A sandbox sends them to this machine.
func hookAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && (u.Scheme != "http" || !profile.OnThisMachine(u.Hostname())) {
		return usagef("--url: must be an address like https://example.com/brex")
	}
	return nil
}

// newWebhooksUpdate changes a subscription. Brex takes all of it, so what no flag names is read first.
func newWebhooksUpdate(a *App, run runFunc) *cobra.Command {
	var address string
	var types []brex.WebhookEventType
	status := choice{of: []string{"active", "inactive"}}
	r := &request{op: operations.UpdateWebhookSubscription, params: map[string]any{}, body: map[string]any{}}
	if run == nil {
		run = func(ctx context.Context, r *request) error { return updateHook(ctx, a, r) }
	}
	cmd := calls(&cobra.Command{
		Use:   "update ID",
		Short: "Change a webhook subscription, or pause it",
		Long: `Change the address, the event types or the status of a webhook subscription. Brex takes all three at
once, so the subscription is read first, and what no flag names stays as it is.` + eventTypesLong,
		Example: `  brex webhooks update websub_1 --status inactive
  brex webhooks update websub_1 --event-types TRANSFER_PROCESSED`,
		Args: oneID("brex webhooks list"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if address == "" && len(types) == 0 && status.value == "" {
				return usagef("%q needs --url, --event-types or --status", words(cmd))
			}
			if status.value != "" {
				r.body["status"] = strings.ToUpper(status.value)
			}
			r.args = args
			if err := hookMembers(r.body, address, types); err != nil {
				return err
			}
			return run(cmd.Context(), r)
		},
	}, r.op)
	f := cmd.Flags()
	f.Var(&textValue{&address}, "url", "new `address` that events are sent to")
	f.Var(&eventTypesValue{&types}, "event-types", "types of events to send, in place of the present ones")
	f.Var(&status, "status", "active, or inactive to pause deliveries")
	complete(cmd, "status", status.of)
	completeWith(cmd, "event-types", eventTypes)
	r.write.bind(cmd, r.op)
	return cmd
}

// updateHook adds what the subscription has at present, which takes a token even where the request is only shown.
func updateHook(ctx context.Context, a *App, r *request) error {
	if err := r.takeArguments(); err != nil {
		return err
	}
	s, err := a.connect()
	if err != nil {
		return err
	}
	present, err := s.Webhooks.Get(ctx, r.args[0])
	if err != nil {
		return err
	}
	if r.body["url"] == nil {
		r.body["url"] = present.URL
	}
	if r.body["event_types"] == nil {
		r.body["event_types"] = texts(present.EventTypes)
	}
	if r.body["status"] == nil {
		if !strings.HasSuffix(string(present.Status), "ACTIVE") {
			return usagef("the subscription is %s, which cannot be kept: add --status active or --status inactive", present.Status)
		}
		r.body["status"] = string(present.Status)
	}
	p, err := r.prepare(ctx, s, r.write.key)
	if err != nil {
		return err
	}
	return a.carryOut(ctx, s, p, &r.write)
}

// newWebhooksDelete ends a subscription.
func newWebhooksDelete(a *App, run runFunc) *cobra.Command {
	return daily{
		op: operations.DeleteWebhookSubscription, use: "delete ID...", short: "End a webhook subscription", many: true,
		long:    "End a webhook subscription. To pause it, use brex webhooks update ID --status inactive.",
		example: "  brex webhooks delete websub_1",
	}.command(a, run)
}

func (a *App) webhooksSecrets() *cobra.Command {
	l := &lister[brex.WebhookSecret]{columns: []output.Column[brex.WebhookSecret]{
		output.Long(output.Secret("secret", func(s brex.WebhookSecret) brex.Secret { return s.Secret })),
		output.Text("status", func(s brex.WebhookSecret) string { return string(s.Status) }),
	}}
	cmd := &cobra.Command{
		Use:   "secrets",
		Short: "List the secrets that sign events, hidden unless --show-secrets is given",
		Long: `List the secrets that sign events: one as a rule, two while they are rotated. They are hidden unless
--show-secrets is given: whoever has one can forge events.`,
		Example: `  brex webhooks secrets --sandbox
  brex webhooks secrets --show-secrets -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}
	l.bind(cmd, nil, nil, nil)
	l.read = func(ctx context.Context, s *session, raw bool) iter.Seq2[batch[brex.WebhookSecret], error] {
		return inTurn(ctx, []func() (batch[brex.WebhookSecret], error){func() (b batch[brex.WebhookSecret], err error) {
			var response brex.Response
			if b.rows, err = s.Webhooks.Secrets(ctx, brex.WithResponse(&response)); err != nil {
				return b, err
			}
			b.raw, err = rawIf(raw, response.Body, len(b.rows))
			return b, err
		}})
	}
	return cmd
}

var webhookColumns = append([]output.Column[brex.Webhook]{
	output.ID("id", func(w brex.Webhook) string { return w.ID }),
	output.Text("status", func(w brex.Webhook) string { return string(w.Status) }),
	output.Long(output.Text("url", func(w brex.Webhook) string { return w.URL })),
	output.Long(output.Text("event_types", func(w brex.Webhook) string {
		var types []string
		for _, t := range w.EventTypes {
			types = append(types, string(t))
		}
		return strings.Join(types, " ")
	})),
}, output.Wide(
	output.ID("group_id", func(w brex.Webhook) string { return w.GroupID }),
)...)

// eventTypes are the types that the document lists.
func eventTypes() []string {
	doc, err := loadDocument("webhooks")
	if err != nil {
		return nil
	}
	return doc.Plain(doc.Components.Schemas["WebhookEventType"]).Enum
}

// eventTypesValue is a list of event types. They may be written in any case; Brex may know types that this version does not.
type eventTypesValue struct{ into *[]brex.WebhookEventType }

func (v *eventTypesValue) String() string { return "" }
func (v *eventTypesValue) Type() string   { return "type,..." }
func (v *eventTypesValue) Set(s string) error {
	for _, one := range strings.Split(s, ",") {
		if one = eventType(one); one == "" {
			return badValue("holds an empty value")
		}
		*v.into = append(*v.into, brex.WebhookEventType(one))
	}
	return nil
}

// eventType is USER_UPDATED for user-updated.
func eventType(s string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s), "-", "_"))
}

// completeWith is complete with values that are found when they are asked for.
func completeWith(cmd *cobra.Command, flag string, values func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic("cli: " + err.Error()) // the flag does not exist: a slip in this program
	}
}
