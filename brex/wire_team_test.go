package brex_test

import (
	"context"
	"time"

	"github.com/brex-go/sdk/brex"
)

var cardsWire = []wireCase{
	{"listCardsByUserId", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Cards.List(ctx, brex.CardListParams{UserID: "user_1", Cursor: "cur==", Limit: 1000})
	}},
	{"createCard", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Cards.Create(ctx, brex.CreateCardRequest{
			Owner: brex.CardOwnerUser("user_1"), CardName: "Ads", CardType: brex.CardTypePhysical, LimitType: brex.CardLimitTypeCard,
			SpendControls: &brex.SpendControlRequest{SpendLimit: brex.Money{Amount: 50_000, Currency: "USD"}, SpendDuration: brex.SpendDurationMonthly,
				Reason: "campaign", LockAfterDate: brex.DateOf(time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)), ParentBudgetID: "budget_1", PolicyID: "policy_1",
				AllowedMerchantDetails: []brex.MerchantDetails{{Name: "Example Ads"}}, BlockedMerchantDetails: []brex.MerchantDetails{{Name: "Other"}}},
			MailingAddress:           &brex.Address{Line1: "1 Main St", City: "Salt Lake City", State: "UT", Country: "US", PostalCode: "84101"},
			Metadata:                 map[string]string{"team": "growth"},
			CardAttributePreferences: &brex.CardAttributePreferences{ThreeDomainSecureEnabledPreference: brex.ThreeDSecurePreferenceEnabled},
		})
	}},
	{"getCardById", func(ctx context.Context, c *brex.Client) (any, error) { return c.Cards.Get(ctx, "card_1") }},
	{"updateCard", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Cards.Update(ctx, "card_1", brex.UpdateCardRequest{
			SpendControls: brex.Set(brex.SpendControlUpdateRequest{SpendLimit: brex.Set(brex.Money{Amount: 1}), LockAfterDate: brex.Null[brex.Date]()}),
			Metadata:      brex.Set(map[string]string{"a": "b"}),
		})
	}},
	{"lockCard", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Cards.Lock(ctx, "card_1", brex.LockCardRequest{Reason: brex.CardChangeReasonCardLost, Description: "left in a cab"})
	}},
	{"unlockCard", func(ctx context.Context, c *brex.Client) (any, error) { return c.Cards.Unlock(ctx, "card_1") }},
	{"terminateCard", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Cards.Terminate(ctx, "card_1", brex.TerminateCardRequest{Reason: brex.CardChangeReasonFraud})
	}},
	{"getCardNumber", func(ctx context.Context, c *brex.Client) (any, error) { return c.Cards.Number(ctx, "card_1") }},
	{"emailCardNumber", func(ctx context.Context, c *brex.Client) (any, error) {
		return done(c.Cards.EmailNumber(ctx, "card_1", brex.EmailCardNumberRequest{RecipientEmail: "ada@example.com", SenderName: "Finance", Message: "yours",
			ExpiryDays: brex.Ptr(7)}))
	}},
}

var teamWire = []wireCase{
	{"listUsers", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Users.List(ctx, brex.UserListParams{Cursor: "c", Limit: 2, Email: "a@example.com", RemoteDisplayID: "r1", Name: "Ada", Emails: []string{"a@example.com", "b@example.com"},
			Status: []brex.UserStatusFilter{brex.UserStatusFilterActive, brex.UserStatusFilterInvited}, ManagerIDs: []string{"m1"}, DepartmentIDs: []string{"d1"}, LocationIDs: []string{"l1"},
			TitleIDs: []string{"t1"}, CostCenterIDs: []string{"c1"}, LegalEntityIDs: []string{"e1"}, CustomField: []string{"f1"}, Expand: []string{"x"}, LoadCustomFields: true})
	}},
	{"getUserById", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Users.Get(ctx, "user_1", brex.UserGetParams{LoadCustomFields: true})
	}},
	{"getMe", func(ctx context.Context, c *brex.Client) (any, error) { return c.Users.Me(ctx, brex.UserMeParams{}) }},
	{"createUser", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Users.Create(ctx, brex.CreateUserRequest{FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com", ManagerID: "user_2", DepartmentID: "dep_1", LocationID: "loc_1",
			TitleID: "title_1", Metadata: map[string]string{"hr": "7"}, CostCenterID: "cc_1", LegalEntityID: "le_1"})
	}},
	{"updateUser", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Users.Update(ctx, "user_1", brex.UpdateUserRequest{Status: brex.Set(brex.UpdateUserStatusDisabled), ManagerID: brex.Null[string]()})
	}},
	{"getUserLimit", func(ctx context.Context, c *brex.Client) (any, error) { return c.Users.Limit(ctx, "user_1") }},
	{"setUserLimit", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Users.SetLimit(ctx, "user_1", brex.SetUserLimitRequest{MonthlyLimit: brex.Set(brex.Money{Amount: 100_000, Currency: "USD"})})
	}},
	{"listDepartments", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Departments.List(ctx, brex.DepartmentListParams{Name: "Sales & Co", Limit: 5})
	}},
	{"getDepartmentById", func(ctx context.Context, c *brex.Client) (any, error) { return c.Departments.Get(ctx, "dep_1") }},
	{"createDepartment", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Departments.Create(ctx, brex.CreateDepartmentRequest{Name: "Sales", Description: "sells"})
	}},
	{"listLocations", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Locations.List(ctx, brex.LocationListParams{Name: "Oslo", Cursor: "c"})
	}},
	{"getLocationById", func(ctx context.Context, c *brex.Client) (any, error) { return c.Locations.Get(ctx, "loc_1") }},
	{"createLocation", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Locations.Create(ctx, brex.CreateLocationRequest{Name: "Oslo", Description: "office"})
	}},
	{"listTitles", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Titles.List(ctx, brex.TitleListParams{Name: "Engineer"})
	}},
	{"getTitleById", func(ctx context.Context, c *brex.Client) (any, error) { return c.Titles.Get(ctx, "title_1") }},
	{"createTitle", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Titles.Create(ctx, brex.CreateTitleRequest{Name: "Engineer"})
	}},
	{"listLegalEntities", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.LegalEntities.List(ctx, brex.LegalEntityListParams{Limit: 10})
	}},
	{"getLegalEntity", func(ctx context.Context, c *brex.Client) (any, error) { return c.LegalEntities.Get(ctx, "le_1") }},
	{"getCompany", func(ctx context.Context, c *brex.Client) (any, error) { return c.Company.Get(ctx) }},
}
