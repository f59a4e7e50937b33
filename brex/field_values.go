package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/fields"
)

// FieldValuesService reads and changes the values that a field allows.
type FieldValuesService struct {
	service
	api *fields.Client
}

// Types of the FieldValues service.
type (
	// FieldValue is a value that a field allows.
	FieldValue = fields.FieldValue
	// FieldValueListParams filters FieldValuesService.List; zero fields are not sent.
	FieldValueListParams = fields.ListFieldValuesParams
	// CreateFieldValuesRequest holds the values to create for a field, at most 1,000.
	CreateFieldValuesRequest = fields.CreateFieldValueListBody
	// NewFieldValue is a value to create.
	NewFieldValue = fields.CreateFieldValueBody
	// CreatedFieldValues are the values that were created.
	CreatedFieldValues = fields.CreateFieldValueListResponse
	// UpdateFieldValuesRequest holds changes to values of a field, at most 1,000.
	UpdateFieldValuesRequest = fields.UpdateFieldValueListBody
	// FieldValueUpdate names one value and its changes: FieldValueUpdateByBrexID,
	// FieldValueUpdateByValueID, FieldValueUpdateByRemoteID.
	FieldValueUpdate = fields.UpdateFieldValueBody
	// FieldValueChanges are the changes to a field value; what is left alone stays as it is.
	FieldValueChanges = fields.UpdateFieldValueDataBody
	// UpdatedFieldValues are the values after the change.
	UpdatedFieldValues = fields.UpdateFieldValueListResponse
	// UpdateFieldValueByBrexID holds changes to a value named by its brex_id.
	UpdateFieldValueByBrexID = fields.UpdateFieldValueByBrexID
	// UpdateFieldValueByValueID holds changes to a value named by its value_id.
	UpdateFieldValueByValueID = fields.UpdateFieldValueByValueID
	// UpdateFieldValueByRemoteID holds changes to a value named by its remote_id.
	UpdateFieldValueByRemoteID = fields.UpdateFieldValueByRemoteID
	// DeleteFieldValuesRequest names the values of a field to delete, at most 1,000.
	DeleteFieldValuesRequest = fields.DeleteFieldValueListBody
	// FieldValueDeletion names one value to delete: FieldValueDeletionByBrexID,
	// FieldValueDeletionByValueID, FieldValueDeletionByRemoteID.
	FieldValueDeletion = fields.DeleteFieldValueBody
	// DeleteFieldValueByBrexID names a value to delete by its brex_id.
	DeleteFieldValueByBrexID = fields.DeleteFieldValueByBrexID
	// DeleteFieldValueByValueID names a value to delete by its value_id.
	DeleteFieldValueByValueID = fields.DeleteFieldValueByValueID
	// DeleteFieldValueByRemoteID names a value to delete by its remote_id.
	DeleteFieldValueByRemoteID = fields.DeleteFieldValueByRemoteID
)

// List returns one page of values of a field, at most 1,000, narrowed by any of their ids or by
// text.
//
// It calls listFieldValues, GET /v1/fields/{field_id}/values. Scopes: field_values.read or
// field_values.write. Access: read.
func (s *FieldValuesService) List(ctx context.Context, fieldID string, params FieldValueListParams, opts ...CallOption) (*Page[FieldValue], error) {
	return s.api.ListFieldValues(ctx, fieldID, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *FieldValuesService) Pages(ctx context.Context, fieldID string, params FieldValueListParams, opts ...CallOption) iter.Seq2[*Page[FieldValue], error] {
	return pagesOf(ctx, params, params.Cursor, under(s.List, fieldID), opts)
}

// All reads every item that List would return, page by page.
func (s *FieldValuesService) All(ctx context.Context, fieldID string, params FieldValueListParams, opts ...CallOption) iter.Seq2[FieldValue, error] {
	return items(s.Pages(ctx, fieldID, params, opts...))
}

// Get returns one value of a field.
//
// It calls getFieldValueById, GET /v1/fields/{field_id}/values/{brex_id}. Scopes: field_values.read
// or field_values.write. Access: read.
func (s *FieldValuesService) Get(ctx context.Context, fieldID, brexID string, opts ...CallOption) (*FieldValue, error) {
	return s.api.GetFieldValue(ctx, fieldID, brexID, opts...)
}

// Create adds values to a field, 1 to 1,000 in one call, and returns them.
//
// It calls createFieldValues, POST /v1/fields/{field_id}/values. Scopes: field_values.write.
// Access: write.
func (s *FieldValuesService) Create(ctx context.Context, fieldID string, req CreateFieldValuesRequest, opts ...CallOption) (*CreatedFieldValues, error) {
	return s.api.CreateFieldValues(ctx, fieldID, req, opts...)
}

// Update changes text or state of 1 to 1,000 values of a field and returns them. Each entry names
// its value by one of its ids: FieldValueUpdateByBrexID, FieldValueUpdateByValueID,
// FieldValueUpdateByRemoteID.
//
// It calls updateFieldValues, PUT /v1/fields/{field_id}/values. Scopes: field_values.write. Access:
// write.
func (s *FieldValuesService) Update(ctx context.Context, fieldID string, req UpdateFieldValuesRequest, opts ...CallOption) (*UpdatedFieldValues, error) {
	return s.api.UpdateFieldValues(ctx, fieldID, req, opts...)
}

// Delete deletes 1 to 1,000 values of a field. Each entry names its value by one of its ids:
// FieldValueDeletionByBrexID, FieldValueDeletionByValueID, FieldValueDeletionByRemoteID. The ids
// are sent in the body of a DELETE, which some proxies drop. Note that the scope is not
// field_values.write.
//
// It calls deleteFieldValues, DELETE /v1/fields/{field_id}/values. Scopes: fields.write. Access:
// write.
func (s *FieldValuesService) Delete(ctx context.Context, fieldID string, req DeleteFieldValuesRequest, opts ...CallOption) error {
	_, err := s.api.DeleteFieldValues(ctx, fieldID, req, opts...)
	return err
}
