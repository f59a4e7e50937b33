package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/team"
)

// UsersService reads, invites and changes users and their monthly limits.
type UsersService struct {
	service
	api *team.Client
}

// Types of the Users service.
type (
	// User is a user of the company.
	User = team.UserResponse
	// UserListParams filters UsersService.List; zero fields are not sent.
	UserListParams = team.ListUsersParams
	// UserGetParams says what UsersService.Get includes.
	UserGetParams = team.GetUserParams
	// UserMeParams says what UsersService.Me includes.
	UserMeParams = team.GetMeParams
	// CreateUserRequest is a user to create.
	CreateUserRequest = team.CreateUserRequest
	// UpdateUserRequest holds changes to a user.
	UpdateUserRequest = team.UpdateUserRequest
	// UpdateUserStatus is a status that can be set on a user.
	UpdateUserStatus = team.UpdateUserStatus
	// UserStatus is the state of a user.
	UserStatus = team.UserStatus
	// UserStatusFilter is the state of a user in a list filter.
	UserStatusFilter = team.UserStatusFilter
	// UserCustomField is the value of a custom field of a user.
	UserCustomField = team.UserCustomField
	// UserLimit is the monthly limit of a user and what is left of it, in minor units.
	UserLimit = team.UserLimitResponse
	// SetUserLimitRequest is a new monthly limit of a user, in minor units.
	SetUserLimitRequest = team.SetUserLimitRequest
)

// List returns one page of users, at most 1,000, narrowed by the filters that are set. Email and
// RemoteDisplayID are the oldest filters; the others rest on a single source.
//
// It calls listUsers, GET /v2/users. Scopes: users or users.readonly. Access: read.
func (s *UsersService) List(ctx context.Context, params UserListParams, opts ...CallOption) (*Page[User], error) {
	return s.api.ListUsers(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *UsersService) Pages(ctx context.Context, params UserListParams, opts ...CallOption) iter.Seq2[*Page[User], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *UsersService) All(ctx context.Context, params UserListParams, opts ...CallOption) iter.Seq2[User, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one user.
//
// It calls getUserById, GET /v2/users/{id}. Scopes: users or users.readonly. Access: read.
func (s *UsersService) Get(ctx context.Context, id string, params UserGetParams, opts ...CallOption) (*User, error) {
	return s.api.GetUser(ctx, id, params, opts...)
}

// Me returns the user whom the token belongs to.
//
// It calls getMe, GET /v2/users/me. Scopes: users or users.readonly. Access: read.
func (s *UsersService) Me(ctx context.Context, params UserMeParams, opts ...CallOption) (*User, error) {
	return s.api.GetMe(ctx, params, opts...)
}

// Create adds a user, who is then invited by email. First name, last name and email address are
// needed.
//
// It calls createUser, POST /v2/users. Scopes: users. Access: write.
func (s *UsersService) Create(ctx context.Context, req CreateUserRequest, opts ...CallOption) (*User, error) {
	return s.api.CreateUser(ctx, req, opts...)
}

// Update changes the status, the place in the company or the metadata of a user. Status can be
// ACTIVE or DISABLED. Name and email address cannot be changed. Fields left alone are not sent.
//
// It calls updateUser, PUT /v2/users/{id}. Scopes: users. Access: money.
func (s *UsersService) Update(ctx context.Context, id string, req UpdateUserRequest, opts ...CallOption) (*User, error) {
	return s.api.UpdateUser(ctx, id, req, opts...)
}

// Limit returns the monthly limit of a user and what is left of it, in minor units; both are nil if
// there is no limit.
//
// It calls getUserLimit, GET /v2/users/{id}/limit. Scopes: users or users.readonly. Access: read.
func (s *UsersService) Limit(ctx context.Context, id string, opts ...CallOption) (*UserLimit, error) {
	return s.api.GetUserLimit(ctx, id, opts...)
}

// SetLimit sets how much a user can spend in a month, in minor units: Set(money) sets it, Null
// removes it, which lets the user spend without a monthly limit, and the zero value changes
// nothing.
//
// It calls setUserLimit, POST /v2/users/{id}/limit. Scopes: users. Access: money.
func (s *UsersService) SetLimit(ctx context.Context, id string, req SetUserLimitRequest, opts ...CallOption) (*UserLimit, error) {
	return s.api.SetUserLimit(ctx, id, req, opts...)
}
