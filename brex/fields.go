package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/fields"
)

// FieldsService reads and changes fields, such as accounting dimensions.
type FieldsService struct {
	service
	api *fields.Client
}

// Types of the Fields service.
type (
	// Field is a field that can be given values, such as an accounting dimension.
	Field = fields.Field
	// FieldListParams filters FieldsService.List; zero fields are not sent.
	FieldListParams = fields.ListFieldsParams
	// CreateFieldRequest is a field to create.
	CreateFieldRequest = fields.FieldCreateBody
	// UpdateFieldRequest holds the changes to a field.
	UpdateFieldRequest = fields.FieldUpdateBody
	// FieldGroup says what a field is for.
	FieldGroup = fields.FieldGroup
)

// List returns one page of fields, at most 1,000, optionally only those in params.FieldIDs.
//
// It calls listFields, GET /v1/fields. Scopes: fields.read or fields.write. Access: read.
func (s *FieldsService) List(ctx context.Context, params FieldListParams, opts ...CallOption) (*Page[Field], error) {
	return s.api.ListFields(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *FieldsService) Pages(ctx context.Context, params FieldListParams, opts ...CallOption) iter.Seq2[*Page[Field], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *FieldsService) All(ctx context.Context, params FieldListParams, opts ...CallOption) iter.Seq2[Field, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one field without its values, which FieldValuesService lists.
//
// It calls getFieldById, GET /v1/fields/{id}. Scopes: fields.read or fields.write. Access: read.
func (s *FieldsService) Get(ctx context.Context, id string, opts ...CallOption) (*Field, error) {
	return s.api.GetField(ctx, id, opts...)
}

// Create adds a field to a group.
//
// It calls createField, POST /v1/fields. Scopes: fields.write. Access: write.
func (s *FieldsService) Create(ctx context.Context, req CreateFieldRequest, opts ...CallOption) (*Field, error) {
	return s.api.CreateField(ctx, req, opts...)
}

// Update changes the name of a field or takes it out of use. Fields left alone are not sent; group
// and ids cannot be changed.
//
// It calls updateField, PUT /v1/fields/{id}. Scopes: fields.write. Access: write.
func (s *FieldsService) Update(ctx context.Context, id string, req UpdateFieldRequest, opts ...CallOption) (*Field, error) {
	return s.api.UpdateField(ctx, id, req, opts...)
}

// Delete deletes a field. To keep it and take it out of use, Update it with IsDisabled set to true.
//
// It calls deleteField, DELETE /v1/fields/{id}. Scopes: fields.write. Access: write.
func (s *FieldsService) Delete(ctx context.Context, id string, opts ...CallOption) error {
	return s.api.DeleteField(ctx, id, opts...)
}
