package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/team"
)

// CardsService issues, reads, changes, locks and ends cards.
type CardsService struct {
	service
	api *team.Client
}

// Types of the Cards service.
type (
	// Card is a virtual or physical card.
	Card = team.Card
	// CardListParams filters CardsService.List; zero fields are not sent.
	CardListParams = team.ListCardsParams
	// CreateCardRequest is a card to create.
	CreateCardRequest = team.CreateCardRequest
	// UpdateCardRequest holds changes to a card.
	UpdateCardRequest = team.UpdateCardRequest
	// LockCardRequest says why a card is to be locked.
	LockCardRequest = team.LockCardRequest
	// TerminateCardRequest says why a card is to be terminated.
	TerminateCardRequest = team.TerminateCardRequest
	// EmailCardNumberRequest is a secure email with the details of a card.
	EmailCardNumberRequest = team.SecureEmailForCardDetailsRequest
	// CardNumber has the full number and security code of a card, both Secret.
	CardNumber = team.CardNumberResponse
	// CardOwner is the holder of a card, made with CardOwnerUser.
	CardOwner = team.CardOwner
	// UserOwner is a user as the holder of a card.
	UserOwner = team.UserOwner
	// CardOwnerType is the kind of holder of a card.
	CardOwnerType = team.OwnerType
	// CardStatus is the state of a card.
	CardStatus = team.CardStatus
	// CardType says whether a card is virtual (VIRTUAL) or physical (PHYSICAL).
	CardType = team.CardType
	// CardLimitType says which limit applies to a card.
	CardLimitType = team.LimitType
	// SpendControl holds the limits of a card, in minor units.
	SpendControl = team.SpendControl
	// SpendControlRequest holds the limits of a new card, in minor units.
	SpendControlRequest = team.SpendControlRequest
	// SpendControlUpdateRequest holds changes to the limits of a card.
	SpendControlUpdateRequest = team.SpendControlUpdateRequest
	// SpendDuration is the period after which a limit starts afresh.
	SpendDuration = team.SpendDuration
	// MerchantDetails is a merchant on a list of allowed or blocked merchants.
	MerchantDetails = team.MerchantDetails
	// CardExpiration is the month and year in which a card expires.
	CardExpiration = team.CardExpiration
	// CardChangeReason says why a card is locked or terminated.
	CardChangeReason = team.ChangeCardReason
	// CardAttributePreferences are preferences for a new card.
	CardAttributePreferences = team.CardAttributePreferences
	// ThreeDSecurePreference says whether a new card should have 3-D Secure.
	ThreeDSecurePreference = team.ThreeDomainSecureEnabledPreference
	// Address is a postal address of a card, the company or a legal entity; text must be ASCII.
	Address = team.Address
)

// List returns one page of cards, at most 1,000, of the company or of the user params.UserID. Full
// card numbers are not included.
//
// It calls listCardsByUserId, GET /v2/cards. Scopes: cards or cards.readonly. Access: read.
func (s *CardsService) List(ctx context.Context, params CardListParams, opts ...CallOption) (*Page[Card], error) {
	return s.api.ListCards(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *CardsService) Pages(ctx context.Context, params CardListParams, opts ...CallOption) iter.Seq2[*Page[Card], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *CardsService) All(ctx context.Context, params CardListParams, opts ...CallOption) iter.Seq2[Card, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one card without its full number, which Number gives.
//
// It calls getCardById, GET /v2/cards/{id}. Scopes: cards or cards.readonly. Access: read.
func (s *CardsService) Get(ctx context.Context, id string, opts ...CallOption) (*Card, error) {
	return s.api.GetCard(ctx, id, opts...)
}

// Create issues a virtual or physical card, with which its owner can spend. A card with LimitType
// CARD needs SpendControls, one with LimitType USER has none; a physical card needs MailingAddress.
// Limits are in minor units. Brex allows 10 active physical cards per user and 5,000 new cards in
// 24 hours. Set an idempotency key of your own, or a second run of your program issues a second
// card.
//
// It calls createCard, POST /v2/cards. Scopes: cards. Access: money.
func (s *CardsService) Create(ctx context.Context, req CreateCardRequest, opts ...CallOption) (*Card, error) {
	return s.api.CreateCard(ctx, req, opts...)
}

// Update changes the spend controls or the metadata of a card, and with them what can be spent on
// it. Fields left alone are not sent; amounts are in minor units.
//
// It calls updateCard, PUT /v2/cards/{id}. Scopes: cards. Access: money.
func (s *CardsService) Update(ctx context.Context, id string, req UpdateCardRequest, opts ...CallOption) (*Card, error) {
	return s.api.UpdateCard(ctx, id, req, opts...)
}

// Lock makes a card unusable until Unlock. A reason is required.
//
// It calls lockCard, POST /v2/cards/{id}/lock. Scopes: cards. Access: money.
func (s *CardsService) Lock(ctx context.Context, id string, req LockCardRequest, opts ...CallOption) (*Card, error) {
	return s.api.LockCard(ctx, id, req, opts...)
}

// Unlock makes a locked card usable again.
//
// It calls unlockCard, POST /v2/cards/{id}/unlock. Scopes: cards. Access: money.
func (s *CardsService) Unlock(ctx context.Context, id string, opts ...CallOption) (*Card, error) {
	return s.api.UnlockCard(ctx, id, opts...)
}

// Terminate ends a card for good. A reason is required. Lock it instead if it may be needed again.
//
// It calls terminateCard, POST /v2/cards/{id}/terminate. Scopes: cards. Access: money.
func (s *CardsService) Terminate(ctx context.Context, id string, req TerminateCardRequest, opts ...CallOption) (*Card, error) {
	return s.api.TerminateCard(ctx, id, req, opts...)
}

// Number returns the full number, the security code and the expiry date of a card. Number and CVV
// are Secret, which printing does not show. The document gives this operation a host of its own,
// see WithCardNumberURL.
//
// It calls getCardNumber, GET /v2/cards/{id}/pan. Scopes: cards.pan. Access: sensitive.
func (s *CardsService) Number(ctx context.Context, id string, opts ...CallOption) (*CardNumber, error) {
	return s.api.GetCardNumber(ctx, id, opts...)
}

// EmailNumber makes Brex send the details of a card by secure email. Whoever receives it can spend
// on the card, so check RecipientEmail first. ExpiryDays is at most 30.
//
// It calls emailCardNumber, POST /v2/cards/{id}/secure_email. Scopes: cards.pan. Access: sensitive.
func (s *CardsService) EmailNumber(ctx context.Context, id string, req EmailCardNumberRequest, opts ...CallOption) error {
	return s.api.EmailCardNumber(ctx, id, req, opts...)
}
