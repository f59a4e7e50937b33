package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/fields"
	"github.com/brex-go/sdk/gen/operations"
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
	// FieldListParams narrows FieldsService.List; zero fields are not sent.
	FieldListParams = fields.ListFieldsParams
	// CreateFieldRequest is a field to create.
	CreateFieldRequest = fields.FieldCreateBody
	// UpdateFieldRequest holds the changes to a field.
	UpdateFieldRequest = fields.FieldUpdateBody
	// FieldGroup says what a field is for.
	FieldGroup = fields.FieldGroup
)

// List returns one page of fields, 1,000 at the most, if wanted only those in params.FieldIDs.
//
// It calls listFields, GET /v1/fields. Scopes: fields.read or fields.write. Access: read.
func (s *FieldsService) List(ctx context.Context, params FieldListParams, opts ...CallOption) (*Page[Field], error) {
	return s.api.ListFields(with(ctx, opts), params)
}

// Pages reads the pages of List one after the other.
func (s *FieldsService) Pages(ctx context.Context, params FieldListParams, opts ...CallOption) iter.Seq2[*Page[Field], error] {
	return pages(ctx, params.Cursor, opts, func(ctx context.Context, cursor string) (*Page[Field], error) {
		p := params
		p.Cursor = cursor
		return s.List(ctx, p, opts...)
	})
}

// All reads everything that List would return page by page.
func (s *FieldsService) All(ctx context.Context, params FieldListParams, opts ...CallOption) iter.Seq2[Field, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one field without its values, which FieldValuesService lists.
//
// It calls getFieldById, GET /v1/fields/{id}. Scopes: fields.read or fields.write. Access: read.
func (s *FieldsService) Get(ctx context.Context, id string, opts ...CallOption) (*Field, error) {
	return s.api.GetField(with(ctx, opts), id)
}

// Create adds a field to a group.
//
// It calls createField, POST /v1/fields. Scopes: fields.write. Access: write.
func (s *FieldsService) Create(ctx context.Context, req CreateFieldRequest, opts ...CallOption) (*Field, error) {
	if err := s.check(operations.CreateField, req); err != nil {
		return nil, err
	}
	return s.api.CreateField(with(ctx, opts), req)
}

// Update changes the name of a field or takes it out of use. Fields left alone are not sent; group and ids cannot be
// changed.
//
// It calls updateField, PUT /v1/fields/{id}. Scopes: fields.write. Access: write.
func (s *FieldsService) Update(ctx context.Context, id string, req UpdateFieldRequest, opts ...CallOption) (*Field, error) {
	if err := s.check(operations.UpdateField, req); err != nil {
		return nil, err
	}
	return s.api.UpdateField(with(ctx, opts), id, req)
}

// Delete deletes a field. To keep it and take it out of use, Update it with IsDisabled set to true.
//
// It calls deleteField, DELETE /v1/fields/{id}. Scopes: fields.write. Access: write.
func (s *FieldsService) Delete(ctx context.Context, id string, opts ...CallOption) error {
	return s.api.DeleteField(with(ctx, opts), id)
}
