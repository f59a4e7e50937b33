package brex

import (
	"context"

	"github.com/brex-go/sdk/gen/accounting"
)

// AccountingIntegrationsService connects an accounting system to Brex. A company has one active
// integration at a time.
type AccountingIntegrationsService struct {
	service
	api *accounting.Client
}

// Types of the AccountingIntegrations service.
type (
	// AccountingIntegration is an accounting system connected to Brex.
	AccountingIntegration = accounting.Integration
	// CreateAccountingIntegrationRequest is the accounting system to connect.
	CreateAccountingIntegrationRequest = accounting.CreateIntegrationRequest
	// AccountingIntegrationStatus says whether an integration is connected.
	AccountingIntegrationStatus = accounting.IntegrationStatus
)

// Create registers an accounting system and the account in it as the company's integration. It is
// refused with 409 (errors.Is ErrConflict, AccountingErrorFrom has the details) while another one
// is active. Brex declares no idempotency key for it, so it is not retried after a broken
// connection: check its effect before you repeat it.
//
// It calls createIntegration, POST /v3/accounting/integration. Scopes:
// accounting.integration.write. Access: write.
func (s *AccountingIntegrationsService) Create(ctx context.Context, req CreateAccountingIntegrationRequest, opts ...CallOption) (*AccountingIntegration, error) {
	return s.api.CreateIntegration(ctx, req, opts...)
}

// Disconnect ends an active integration, which Reactivate brings back. Brex declares no idempotency
// key for it, so it is not retried after a broken connection: check its effect before you repeat
// it.
//
// It calls disconnectIntegration, POST /v3/accounting/integration/{integration_id}/disconnect.
// Scopes: accounting.integration.write. Access: write.
func (s *AccountingIntegrationsService) Disconnect(ctx context.Context, integrationID string, opts ...CallOption) (*AccountingIntegration, error) {
	return s.api.DisconnectIntegration(ctx, integrationID, opts...)
}

// Reactivate makes a disconnected integration active again. Brex declares no idempotency key for
// it, so it is not retried after a broken connection: check its effect before you repeat it.
//
// It calls reactivateIntegration, POST /v3/accounting/integration/{integration_id}/reactivate.
// Scopes: accounting.integration.write. Access: write.
func (s *AccountingIntegrationsService) Reactivate(ctx context.Context, integrationID string, opts ...CallOption) (*AccountingIntegration, error) {
	return s.api.ReactivateIntegration(ctx, integrationID, opts...)
}
