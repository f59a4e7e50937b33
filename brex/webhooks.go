package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/webhooks"
)

// WebhooksService registers addresses that Brex sends events to. Package webhook verifies and
// parses what arrives there.
type WebhooksService struct {
	service
	api *webhooks.Client
}

// Types of the Webhooks service.
type (
	// Webhook is an address that receives events, with the types it receives.
	Webhook = webhooks.WebhookSubscription
	// WebhookListParams filters WebhooksService.List; zero fields are not sent.
	WebhookListParams = webhooks.ListWebhookSubscriptionsParams
	// CreateWebhookRequest is a webhook subscription to create.
	CreateWebhookRequest = webhooks.CreateWebhookSubscriptionRequest
	// UpdateWebhookRequest is the webhook subscription after a change; every member is sent.
	UpdateWebhookRequest = webhooks.UpdateWebhookSubscriptionRequest
	// WebhookStatus is the state of a subscription.
	WebhookStatus = webhooks.WebhookSubscriptionStatus
	// UpdateWebhookStatus is a status that can be set on a webhook subscription.
	UpdateWebhookStatus = webhooks.UpdateWebhookSubscriptionStatus
	// WebhookEventType is the type of an event.
	WebhookEventType = webhooks.WebhookEventType
	// WebhookSecret is a secret that signs deliveries, with its status.
	WebhookSecret = webhooks.WebhookSecret
	// WebhookSecretStatus is the state of a signing secret.
	WebhookSecretStatus = webhooks.WebhookSecretStatus
)

// List returns one page of webhook subscriptions, at most 1,000.
//
// It calls listWebhookSubscriptions, GET /v1/webhooks. Scopes: none documented. Access: read.
func (s *WebhooksService) List(ctx context.Context, params WebhookListParams, opts ...CallOption) (*Page[Webhook], error) {
	return s.api.ListWebhookSubscriptions(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *WebhooksService) Pages(ctx context.Context, params WebhookListParams, opts ...CallOption) iter.Seq2[*Page[Webhook], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *WebhooksService) All(ctx context.Context, params WebhookListParams, opts ...CallOption) iter.Seq2[Webhook, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one webhook subscription with its state.
//
// It calls getWebhookSubscription, GET /v1/webhooks/{id}. Scopes: none documented. Access: read.
func (s *WebhooksService) Get(ctx context.Context, id string, opts ...CallOption) (*Webhook, error) {
	return s.api.GetWebhookSubscription(ctx, id, opts...)
}

// Create registers an address and the types of events to send there. Brex allows one address per
// customer or client id. Some types may need scopes of the token; the list is not published.
//
// It calls createWebhookSubscription, POST /v1/webhooks. Scopes: none documented. Access: write.
func (s *WebhooksService) Create(ctx context.Context, req CreateWebhookRequest, opts ...CallOption) (*Webhook, error) {
	return s.api.CreateWebhookSubscription(ctx, req, opts...)
}

// Update sets address, event types and status of a webhook subscription; all three are sent and
// replace the present ones. INACTIVE pauses deliveries. The group cannot be changed.
//
// It calls updateWebhookSubscription, PUT /v1/webhooks/{id}. Scopes: none documented. Access:
// write.
func (s *WebhooksService) Update(ctx context.Context, id string, req UpdateWebhookRequest, opts ...CallOption) (*Webhook, error) {
	return s.api.UpdateWebhookSubscription(ctx, id, req, opts...)
}

// Delete ends a webhook subscription. To pause it, Update its status to INACTIVE.
//
// It calls deleteWebhookSubscription, DELETE /v1/webhooks/{id}. Scopes: none documented. Access:
// write.
func (s *WebhooksService) Delete(ctx context.Context, id string, opts ...CallOption) error {
	return s.api.DeleteWebhookSubscription(ctx, id, opts...)
}

// Secrets returns the secrets that sign deliveries, all at once: one as a rule, two while they are
// rotated. They are Secret, base64, and a delivery is genuine when any of them fits.
//
// It calls listWebhookSecrets, GET /v1/webhooks/secrets. Scopes: none documented. Access:
// sensitive.
func (s *WebhooksService) Secrets(ctx context.Context, opts ...CallOption) ([]WebhookSecret, error) {
	return s.api.ListWebhookSecrets(ctx, opts...)
}
