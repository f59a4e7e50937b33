// Package webhook receives Brex's webhooks: it verifies that a delivery comes from Brex, reads its
// event, and handles each event once.
//
//	secrets, err := webhook.NewSecretCache(func(ctx context.Context) ([]brex.Secret, error) {
//		list, err := client.Webhooks.Secrets(ctx) // of a brex.Client
//		return webhook.UsableSecrets(list), err
//	})
//	handler, err := webhook.NewHandler(secrets,
//		webhook.On(func(ctx context.Context, e *webhook.TransferProcessed) error {
//			return ledger.MarkPaid(ctx, e.TransferID)
//		}),
//	)
//	http.Handle("/brex", handler)
//
// # What Brex sends
//
// Brex's page "Webhooks" (https://developer.brex.com/docs/webhooks) describes the scheme, which is
// that of Standard Webhooks: the headers Webhook-Id, Webhook-Timestamp (Unix seconds) and
// Webhook-Signature, a list of "v1,<base64>" entries separated by spaces. A signature is the
// HMAC-SHA256 of "id.timestamp.body" with the base64-decoded secret. GET /v1/webhooks/secrets
// ("List webhook secrets") returns one secret, and two while they are rotated: a delivery is
// genuine if any secret matches any entry. A delivery that is sent again keeps its Webhook-Id.
//
// # What is remembered
//
// The ids of handled deliveries are kept in memory, the latest [DefaultMemory] of them and all that
// could still be replayed within the tolerance, unless [WithStore] sets a [Store]. Use an
// [SQLStore], which keeps them in a table of your database, where several processes receive events
// or a restart must not handle one again. An application that receives the events of many customers
// uses [ForCompany].
//
// # Responses of a Handler
//
//   - 200: the event was handled, now or before, or no callback is set for its type. Unknown types
//     are not an error.
//   - 400: the body is signed, but is not an event.
//   - 401: the delivery is not signed by Brex, or is too old. The response has no details; the log
//     has.
//   - 403: the sender is not on the allow-list (OnlyFromBrex).
//   - 405, 413: not a POST; a body above MaxBodySize.
//   - 500: the callback failed or panicked. The id is free again, so that the delivery Brex sends
//     next is handled.
//   - 503: the event cannot be handled at the moment: the same delivery is being handled elsewhere,
//     the store fails, or there are no secrets available. Brex sends it again.
//
// A date in an unknown format does not stop an event, since Brex would send the same again: the
// field is zero, and Delivery.Unread has its name and what was received. Any other member of an
// undocumented form, an amount for example, makes the event an UnknownEvent.
//
// An event is handled at least once: if the process dies after a callback has succeeded and before
// that is recorded, the callback runs again. Delivery.ID stays the same, so use it as the
// idempotency key of what the callback does.
package webhook
