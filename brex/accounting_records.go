package brex

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/brex-go/sdk/gen/accounting"
)

// AccountingRecordsService reads accounting records and reports back which of them were exported.
// Unlike everywhere else in Brex, amounts are decimal numbers in MAJOR units: 100.5 with USD is
// 100.50 USD.
type AccountingRecordsService struct {
	service
	api *accounting.Client
}

// Types of the AccountingRecords service.
type (
	// AccountingRecord is one booking that arises from spending in Brex, with its line items;
	// amounts are in MAJOR units.
	AccountingRecord = accounting.AccountingRecordDetailed
	// AccountingRecordListParams filters AccountingRecordsService.List; zero fields are not sent.
	AccountingRecordListParams = accounting.QueryAccountingRecordsParams
	// AccountingRecordGetParams says what AccountingRecordsService.Get includes.
	AccountingRecordGetParams = accounting.GetAccountingRecordParams
	// AccountingRecordType says what a record books.
	AccountingRecordType = accounting.AccountingRecordType
	// AccountingReviewStatus is the stage of a record on its way to the accounting system.
	AccountingReviewStatus = accounting.AccountingReviewStatus
	// AccountingSourceType is the kind of spending the record comes from.
	AccountingSourceType = accounting.AccountingSourceType
	// AccountingLineItem is one line of an accounting record.
	AccountingLineItem = accounting.AccountingRecordLineItem
	// AccountingLineItemType is the side of the booking.
	AccountingLineItemType = accounting.AccountingRecordLineItemType
	// AccountingFieldValue is a field value chosen for a line item, with its ids in Brex and in the
	// accounting system.
	AccountingFieldValue = accounting.AccountingFieldValue
	// AccountingAmount is an amount of money in MAJOR units, 100.5 for 100.50, with its currency.
	AccountingAmount = accounting.Amount
	// AccountingReceipt is a receipt of the spending behind an accounting record.
	AccountingReceipt = accounting.Receipt
	// AccountingUser is the user behind an accounting record, with manager, department, location
	// and title.
	AccountingUser = accounting.User
	// AccountingUserRole is the role of a user in Brex.
	AccountingUserRole = accounting.UserRole
	// AccountingUserStatus is the status of a user.
	AccountingUserStatus = accounting.UserStatus
	// AccountingVendor is the vendor of an accounting record.
	AccountingVendor = accounting.Vendor
	// UpdatedAtRange bounds the time of the last change: Gt after, Gte at or after, Lt before, Lte
	// at or before, each a date or a date-time as a string.
	UpdatedAtRange = accounting.UpdatedAtRange
	// ExportResult is the result of exporting one record, made with ExportResultSuccess or
	// ExportResultFailure.
	ExportResult = accounting.ExportResult
	// SuccessfulExportResult reports that one record was exported.
	SuccessfulExportResult = accounting.SuccessfulExportResult
	// FailedExportResult reports that the export of one record failed.
	FailedExportResult = accounting.FailedExportResult
	// ExportSuccessDetails says where an exported record is found in the accounting system.
	ExportSuccessDetails = accounting.ExportSuccessDetails
	// ExportFailureDetails says why the export of a record failed.
	ExportFailureDetails = accounting.ExportFailureDetails
	// ReportExportResultsRequest holds the results of exporting accounting records.
	ReportExportResultsRequest = accounting.ReportExportResultsRequest
	// ExportResultsResponse says which records a report of export results updated.
	ExportResultsResponse = accounting.ExportResultsResponse
	// AccountingError is an error in the accounting API's own form, see AccountingErrorFrom.
	AccountingError = accounting.AccountingErrorResponse
	// AccountingErrorDetails are the particulars of an accounting error.
	AccountingErrorDetails = accounting.AccountingErrorDetails
	// AccountingErrorCode names the error of an accounting call.
	AccountingErrorCode = accounting.AccountingErrorCode
)

// List returns one page of accounting records with their line items, at most 1,000. TotalCount of
// the page is the number of records on all pages. Amounts are in major units.
//
// It calls queryAccountingRecords, GET /v3/accounting/records. Scopes: accounting.record.read or
// accounting.record.write. Access: read.
func (s *AccountingRecordsService) List(ctx context.Context, params AccountingRecordListParams, opts ...CallOption) (*Page[AccountingRecord], error) {
	return s.api.QueryAccountingRecords(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *AccountingRecordsService) Pages(ctx context.Context, params AccountingRecordListParams, opts ...CallOption) iter.Seq2[*Page[AccountingRecord], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *AccountingRecordsService) All(ctx context.Context, params AccountingRecordListParams, opts ...CallOption) iter.Seq2[AccountingRecord, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one accounting record with its line items. Amounts are in major units.
//
// It calls getAccountingRecord, GET /v3/accounting/records/{record_id}. Scopes:
// accounting.record.read or accounting.record.write. Access: read.
func (s *AccountingRecordsService) Get(ctx context.Context, recordID string, params AccountingRecordGetParams, opts ...CallOption) (*AccountingRecord, error) {
	return s.api.GetAccountingRecord(ctx, recordID, params, opts...)
}

// ReportExportResults reports to Brex which records were exported and which failed: one result per
// record, made with ExportResultSuccess or ExportResultFailure. A record named twice or not ready
// for export fails the whole call; AccountingErrorFrom has their ids. Brex declares no idempotency
// key for it, so it is not retried after a broken connection: check its effect before you repeat
// it.
//
// It calls reportAccountingExportResults, POST /v3/accounting/records/export-results. Scopes:
// accounting.record.write. Access: write.
func (s *AccountingRecordsService) ReportExportResults(ctx context.Context, req ReportExportResultsRequest, opts ...CallOption) (*ExportResultsResponse, error) {
	return s.api.ReportAccountingExportResults(ctx, req, opts...)
}

// AccountingErrorFrom returns an accounting error in the API's own form, with the ids of the
// records or of the integration that caused it. It returns false if err is not an *Error, or its
// body has another form or more than the 16 KiB that are kept.
func AccountingErrorFrom(err error) (AccountingError, bool) {
	var e *Error
	var a AccountingError
	if !errors.As(err, &e) || json.Unmarshal(e.RawBody(), &a) != nil || a.ErrorCode == "" {
		return AccountingError{}, false
	}
	return a, true
}
