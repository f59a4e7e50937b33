package brex_test

import (
	"context"

	"github.com/brex-go/sdk/brex"
)

var fieldsWire = []wireCase{
	{"listFields", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Fields.List(ctx, brex.FieldListParams{FieldIDs: []string{"f1", "f2"}, Limit: 2})
	}},
	{"getFieldById", func(ctx context.Context, c *brex.Client) (any, error) { return c.Fields.Get(ctx, "f1") }},
	{"createField", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Fields.Create(ctx, brex.CreateFieldRequest{Name: "Project", Group: brex.FieldGroupAccounting, RemoteID: "r1", IntegrationID: "i1", IsDisabled: brex.Ptr(false)})
	}},
	{"updateField", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Fields.Update(ctx, "f1", brex.UpdateFieldRequest{Name: brex.Set("Projects"), IsDisabled: brex.Set(true)})
	}},
	{"deleteField", func(ctx context.Context, c *brex.Client) (any, error) { return done(c.Fields.Delete(ctx, "f1")) }},
	{"listFieldValues", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.FieldValues.List(ctx, "f1", brex.FieldValueListParams{BrexIDs: []string{"b1"}, ValueIDs: []string{"v1"}, RemoteIDs: []string{"r1"}, Value: "Apollo", Limit: 1})
	}},
	{"getFieldValueById", func(ctx context.Context, c *brex.Client) (any, error) { return c.FieldValues.Get(ctx, "f1", "b1") }},
	{"createFieldValues", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.FieldValues.Create(ctx, "f1", brex.CreateFieldValuesRequest{Items: []brex.NewFieldValue{{Value: "Apollo", ValueID: "v1", RemoteID: "r1"}, {Value: "Gemini"}}})
	}},
	{"updateFieldValues", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.FieldValues.Update(ctx, "f1", brex.UpdateFieldValuesRequest{Items: []brex.FieldValueUpdate{
			brex.FieldValueUpdateByBrexID("b1", brex.FieldValueChanges{Value: brex.Set("Apollo 11")}),
			brex.FieldValueUpdateByValueID("v1", brex.FieldValueChanges{IsDisabled: brex.Set(true)}),
			brex.FieldValueUpdateByRemoteID("r1", brex.FieldValueChanges{IsDisabled: brex.Set(false)}),
		}})
	}},
	{"deleteFieldValues", func(ctx context.Context, c *brex.Client) (any, error) {
		return done(c.FieldValues.Delete(ctx, "f1", brex.DeleteFieldValuesRequest{Items: []brex.FieldValueDeletion{
			brex.FieldValueDeletionByBrexID("b1"), brex.FieldValueDeletionByValueID("v1"), brex.FieldValueDeletionByRemoteID("r1"),
		}}))
	}},
}

var onboardingWire = []wireCase{
	{"listReferrals", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Referrals.List(ctx, brex.ReferralListParams{Cursor: "c"})
	}},
	{"getReferral", func(ctx context.Context, c *brex.Client) (any, error) { return c.Referrals.Get(ctx, "ref_1") }},
	{"createReferralRequest", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Referrals.Create(ctx, brex.CreateReferralRequest{ReferralCode: "CODE", Applicant: brex.ReferralApplicant{FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com"},
			Business: &brex.ReferralBusiness{LegalName: "Engines LLC", IncorporationType: brex.IncorporationTypeLLC, EmployerIdentificationNumber: "123456789",
				BeneficialOwners: []brex.BeneficialOwner{{LegalName: "Ada Lovelace", Prong: brex.BeneficialOwnerProngBoth, DateOfBirth: brex.DateOf(someDay),
					IdentityDocument: &brex.IdentityDocument{Country: "US", Type: brex.IdentityDocumentTypePassport, Number: brex.NewSecret("1")}}}},
			ContactPreference: brex.ContactPreferenceNoOutbound})
	}},
	{"createDocument", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Referrals.CreateDocument(ctx, "ref_1", brex.CreateReferralDocumentRequest{Type: brex.ReferralDocumentTypeArticlesOfIncorporation})
	}},
	{"processDelayedEINDocument", func(ctx context.Context, c *brex.Client) (any, error) {
		return done(c.Referrals.ProcessEINDocument(ctx, "ref_1", brex.ProcessEINDocumentRequest{DocumentID: "doc_1"}))
	}},
}

var travelWire = []wireCase{
	{"listTrips", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Trips.List(ctx, brex.TripListParams{LastUpdatedAfter: someDay, Limit: 4})
	}},
	{"getTrip", func(ctx context.Context, c *brex.Client) (any, error) { return c.Trips.Get(ctx, "trip_1") }},
	{"listTripBookings", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Bookings.List(ctx, "trip_1", brex.BookingListParams{Cursor: "c"})
	}},
	{"getBooking", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Bookings.Get(ctx, "trip_1", "booking_1")
	}},
}

var webhooksWire = []wireCase{
	{"listWebhookSubscriptions", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Webhooks.List(ctx, brex.WebhookListParams{Limit: 1})
	}},
	{"getWebhookSubscription", func(ctx context.Context, c *brex.Client) (any, error) { return c.Webhooks.Get(ctx, "wh_1") }},
	{"createWebhookSubscription", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Webhooks.Create(ctx, brex.CreateWebhookRequest{URL: "https://hooks.example/brex", GroupID: "g1", EventTypes: []brex.WebhookEventType{brex.WebhookEventTypeTransferProcessed}})
	}},
	{"updateWebhookSubscription", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Webhooks.Update(ctx, "wh_1", brex.UpdateWebhookRequest{URL: "https://hooks.example/brex", EventTypes: []brex.WebhookEventType{brex.WebhookEventTypeUserUpdated},
			Status: brex.UpdateWebhookStatusInactive})
	}},
	{"deleteWebhookSubscription", func(ctx context.Context, c *brex.Client) (any, error) { return done(c.Webhooks.Delete(ctx, "wh_1")) }},
	{"listWebhookSecrets", func(ctx context.Context, c *brex.Client) (any, error) { return c.Webhooks.Secrets(ctx) }},
	{"listWebhookGroups", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.WebhookGroups.List(ctx, brex.WebhookGroupListParams{Limit: 2})
	}},
	{"getWebhookGroup", func(ctx context.Context, c *brex.Client) (any, error) { return c.WebhookGroups.Get(ctx, "g1") }},
	{"createWebhookGroup", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.WebhookGroups.Create(ctx, brex.CreateWebhookGroupRequest{Name: "Customers"})
	}},
	{"deleteWebhookGroup", func(ctx context.Context, c *brex.Client) (any, error) { return done(c.WebhookGroups.Delete(ctx, "g1")) }},
	{"listWebhookGroupMembers", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.WebhookGroups.ListMembers(ctx, "g1", brex.WebhookGroupMemberListParams{Cursor: "c"})
	}},
	{"addWebhookGroupMembers", func(ctx context.Context, c *brex.Client) (any, error) {
		return done(c.WebhookGroups.AddMembers(ctx, "g1", brex.AddWebhookGroupMembersRequest{Members: []brex.WebhookGroupMemberRequest{{MemberType: brex.WebhookGroupMemberTypeAccount, MemberID: "a1"}}}))
	}},
	{"removeWebhookGroupMembers", func(ctx context.Context, c *brex.Client) (any, error) {
		return done(c.WebhookGroups.RemoveMembers(ctx, "g1", brex.RemoveWebhookGroupMembersRequest{Members: []brex.WebhookGroupMemberRequest{{MemberType: brex.WebhookGroupMemberTypeAccount, MemberID: "a1"}}}))
	}},
}

var accountingWire = []wireCase{
	{"createIntegration", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.AccountingIntegrations.Create(ctx, brex.CreateAccountingIntegrationRequest{Vendor: "ACME_ERP", VendorAccountID: "va_1"})
	}},
	{"disconnectIntegration", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.AccountingIntegrations.Disconnect(ctx, "i1")
	}},
	{"reactivateIntegration", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.AccountingIntegrations.Reactivate(ctx, "i1")
	}},
	{"queryAccountingRecords", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.AccountingRecords.List(ctx, brex.AccountingRecordListParams{IDs: []string{"r1", "r2"}, ReviewStatus: brex.AccountingReviewStatusReadyForExport, Limit: 1000, SingleEntry: brex.Ptr(false),
			UpdatedAt: brex.UpdatedAtRange{Gte: "2026-11-01", Lt: "2026-12-01"}, SourceType: brex.AccountingSourceTypeCard})
	}},
	{"getAccountingRecord", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.AccountingRecords.Get(ctx, "r1", brex.AccountingRecordGetParams{SingleEntry: brex.Ptr(true)})
	}},
	{"reportAccountingExportResults", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.AccountingRecords.ReportExportResults(ctx, brex.ReportExportResultsRequest{Results: []brex.ExportResult{
			brex.ExportResultSuccess("r1", brex.ExportSuccessDetails{ReferenceID: "bill-7", DeepLinkURL: "https://erp.example/bill-7"}), brex.ExportResultFailure("r2", "period is closed")}})
	}},
}
