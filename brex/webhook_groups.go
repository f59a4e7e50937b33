package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/webhooks"
)

// WebhookGroupsService reads and changes webhook groups, named sets of accounts that a webhook
// subscription can be limited to.
type WebhookGroupsService struct {
	service
	api *webhooks.Client
}

// Types of the WebhookGroups service.
type (
	// WebhookGroup is a named group of accounts that webhook subscriptions can refer to.
	WebhookGroup = webhooks.WebhookGroup
	// WebhookGroupListParams filters WebhookGroupsService.List; zero fields are not sent.
	WebhookGroupListParams = webhooks.ListWebhookGroupsParams
	// CreateWebhookGroupRequest is a webhook group to create.
	CreateWebhookGroupRequest = webhooks.CreateWebhookGroupRequest
	// WebhookGroupMember is an account that belongs to a webhook group.
	WebhookGroupMember = webhooks.WebhookGroupMember
	// WebhookGroupMemberListParams filters WebhookGroupsService.ListMembers; zero fields are not
	// sent.
	WebhookGroupMemberListParams = webhooks.ListWebhookGroupMembersParams
	// WebhookGroupMemberRequest is a member to add to, or remove from, a webhook group.
	WebhookGroupMemberRequest = webhooks.WebhookGroupMemberRequest
	// WebhookGroupMemberType is the kind of group member.
	WebhookGroupMemberType = webhooks.WebhookGroupMemberType
	// AddWebhookGroupMembersRequest names the members to add to a webhook group.
	AddWebhookGroupMembersRequest = webhooks.AddWebhookGroupMembersRequest
	// RemoveWebhookGroupMembersRequest names the members to remove from a webhook group.
	RemoveWebhookGroupMembersRequest = webhooks.RemoveWebhookGroupMembersRequest
)

// List returns one page of webhook groups without their members, at most 1,000.
//
// It calls listWebhookGroups, GET /v1/webhooks/groups. Scopes: none documented. Access: read.
func (s *WebhookGroupsService) List(ctx context.Context, params WebhookGroupListParams, opts ...CallOption) (*Page[WebhookGroup], error) {
	return s.api.ListWebhookGroups(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *WebhookGroupsService) Pages(ctx context.Context, params WebhookGroupListParams, opts ...CallOption) iter.Seq2[*Page[WebhookGroup], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *WebhookGroupsService) All(ctx context.Context, params WebhookGroupListParams, opts ...CallOption) iter.Seq2[WebhookGroup, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one webhook group without its members.
//
// It calls getWebhookGroup, GET /v1/webhooks/groups/{id}. Scopes: none documented. Access: read.
func (s *WebhookGroupsService) Get(ctx context.Context, id string, opts ...CallOption) (*WebhookGroup, error) {
	return s.api.GetWebhookGroup(ctx, id, opts...)
}

// Create adds a webhook group without members.
//
// It calls createWebhookGroup, POST /v1/webhooks/groups. Scopes: none documented. Access: write.
func (s *WebhookGroupsService) Create(ctx context.Context, req CreateWebhookGroupRequest, opts ...CallOption) (*WebhookGroup, error) {
	return s.api.CreateWebhookGroup(ctx, req, opts...)
}

// Delete deletes a webhook group. What becomes of subscriptions that refer to it is not documented.
//
// It calls deleteWebhookGroup, DELETE /v1/webhooks/groups/{id}. Scopes: none documented. Access:
// write.
func (s *WebhookGroupsService) Delete(ctx context.Context, id string, opts ...CallOption) error {
	return s.api.DeleteWebhookGroup(ctx, id, opts...)
}

// ListMembers returns one page of the accounts in a webhook group, at most 1,000.
//
// It calls listWebhookGroupMembers, GET /v1/webhooks/groups/{id}/members. Scopes: none documented.
// Access: read.
func (s *WebhookGroupsService) ListMembers(ctx context.Context, id string, params WebhookGroupMemberListParams, opts ...CallOption) (*Page[WebhookGroupMember], error) {
	return s.api.ListWebhookGroupMembers(ctx, id, params, opts...)
}

// PagesMembers reads the pages of ListMembers one after the other.
func (s *WebhookGroupsService) PagesMembers(ctx context.Context, id string, params WebhookGroupMemberListParams, opts ...CallOption) iter.Seq2[*Page[WebhookGroupMember], error] {
	return pagesOf(ctx, params, params.Cursor, under(s.ListMembers, id), opts)
}

// AllMembers reads every item that ListMembers would return, page by page.
func (s *WebhookGroupsService) AllMembers(ctx context.Context, id string, params WebhookGroupMemberListParams, opts ...CallOption) iter.Seq2[WebhookGroupMember, error] {
	return items(s.PagesMembers(ctx, id, params, opts...))
}

// AddMembers adds accounts to a webhook group. Brex declares no idempotency key for it, so it is
// not retried after a broken connection: check its effect before you repeat it.
//
// It calls addWebhookGroupMembers, POST /v1/webhooks/groups/{id}/add_members. Scopes: none
// documented. Access: write.
func (s *WebhookGroupsService) AddMembers(ctx context.Context, id string, req AddWebhookGroupMembersRequest, opts ...CallOption) error {
	return s.api.AddWebhookGroupMembers(ctx, id, req, opts...)
}

// RemoveMembers takes accounts out of a webhook group. Brex declares no idempotency key for it, so
// it is not retried after a broken connection: check its effect before you repeat it.
//
// It calls removeWebhookGroupMembers, POST /v1/webhooks/groups/{id}/remove_members. Scopes: none
// documented. Access: write.
func (s *WebhookGroupsService) RemoveMembers(ctx context.Context, id string, req RemoveWebhookGroupMembersRequest, opts ...CallOption) error {
	return s.api.RemoveWebhookGroupMembers(ctx, id, req, opts...)
}
