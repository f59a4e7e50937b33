package brextest

import (
	"encoding/json"
	"fmt"
	"time"
)

// referralLifetime is how long a referral can be claimed: a guess.
const referralLifetime = 90 * 24 * time.Hour

const referralNotFound = "REFERRAL_NOT_FOUND"

func (s *state) initOnboarding() {
	s.referrals = newTable("referrals", noKey)
	s.referrals.newestFirst = s.newestFirst
	s.referrals.live = s.liveReferral
}

// liveReferral is a referral as it is now: nobody can claim it after its time.
func (s *state) liveReferral(o object) object {
	if o.str("status") == "UNCLAIMED" && millisOf(o.str("expires_at")) <= s.now().UnixMilli() {
		return o.set("status", "EXPIRED")
	}
	return o
}

func (h *Handler) onboardingModels(m map[string]serveFunc) {
	referrals := func(s *state) *table[none] { return s.referrals }
	m["listReferrals"] = lists(referrals)
	m["getReferral"] = gets(referrals, "id", referralNotFound)
	m["createReferralRequest"] = func(c *call) (answer, *problem) {
		if c.body.str("referral_code") == "" {
			return answer{}, invalid("referral_code")
		}
		o := c.state.newReferral(c.state.newID(prefixReferral, c.now), c.body.obj("applicant").str("email"), "UNCLAIMED", c.now)
		c.state.referrals.mustAdd(o)
		return ok(o)
	}
	m["createDocument"] = func(c *call) (answer, *problem) {
		if _, p := byID(c, c.state.referrals, "id", referralNotFound); p != nil {
			return answer{}, p
		}
		id, uri := c.newUpload(forDocument, c.path("id"), c.body.str("type"))
		return ok(object{}.set("id", id).set("uri", uri))
	}
	m["processDelayedEINDocument"] = processEIN
}

// processEIN takes an uploaded document that says the EIN.
func processEIN(c *call) (answer, *problem) {
	if _, p := byID(c, c.state.referrals, "id", referralNotFound); p != nil {
		return answer{}, p
	}
	up := c.state.uploads[c.body.str("document_id")]
	switch {
	case up == nil || up.Purpose != forDocument || up.Target != c.path("id"):
		return answer{}, invalid("document_id")
	case up.Name != "IRS_EIN_CONFIRMATION" && up.Name != "IRS_EIN_APPLICATION":
		return answer{}, badRequest("document_id is invalid: the document does not say the EIN")
	case !up.Sent:
		return answer{}, badRequest("document_id is invalid: the document was not uploaded")
	}
	return answer{status: 200}, nil // no body is documented
}

func (s *state) newReferral(id, email, status string, made time.Time) object {
	application, accounts := "NO_ACCOUNT", any(nil)
	if status == "ACTIVE" {
		application = "ACTIVE"
		accounts = []json.RawMessage{s.referredAccount(id, made.Add(3*day)).encode()}
	}
	cash := object{}.set("application", object{}.set("status", application)).set("accounts", accounts)
	return object{}.
		set("id", id).
		set("referral_signup_url", "https://dashboard.brex.com/signup?referral="+encodeHash(id)).
		set("status", status).
		set("products", []json.RawMessage{object{}.set("cash", cash).encode()}).
		set("expires_at", formatTime(made.Add(referralLifetime))).
		set("customer_email", email)
}

// referredAccount is the account of a customer who came by a referral.
func (s *state) referredAccount(referral string, made time.Time) object {
	number := fmt.Sprintf("6682%08d", hash64(referral)%100_000_000)
	bank, owner := "270 Park Ave, New York, NY 10017", "Referred Customer, Inc."
	return object{}.
		set("id", s.ids.id(prefixCashAccount, made.UnixMilli(), hash64(referral)|1<<63)).
		set("created_at", formatTime(made)).
		set("instructions", object{}.
			set("domestic", object{}.
				set("account_type", "CHECKING").
				set("bank_account_number", number).
				set("bank_routing_number", "211179322").
				set("bank_name", "Sandbox Bank").
				set("bank_address", bank).
				set("beneficiary_name", owner).
				set("beneficiary_address", "405 Howard St, San Francisco, CA 94105")).
			set("international", object{}.
				set("account_type", "CHECKING").
				set("bank_name", "Sandbox Bank").
				set("bank_address", bank).
				set("beneficiary_name", owner).
				set("beneficiary_address", "405 Howard St, San Francisco, CA 94105").
				set("special_instructions", "FFC "+number).
				set("swift_account_number", number).
				set("swift_bank_number", "SNDBUS33XXX")))
}

// seedReferrals makes one referral of each state.
func (s *state) seedReferrals(now time.Time) {
	for i, r := range []struct {
		status string
		age    time.Duration
	}{{"ACTIVE", 200 * day}, {"UNCLAIMED", 120 * day}, {"CLOSED", 100 * day}, {"UNCLAIMED", 10 * day}} {
		made := now.Add(-r.age)
		s.referrals.mustAdd(s.newReferral(s.ids.id(prefixReferral, made.UnixMilli(), uint64(i)),
			fmt.Sprintf("founder%d@referred.example", i+1), r.status, made))
	}
}

// ActivateReferral does what happens when the referred customer's account is
// opened: the referral is ACTIVE and shows the account.
func (h *Handler) ActivateReferral(id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state
	row, found := s.referrals.find(id)
	if !found {
		return fmt.Errorf("brextest: there is no referral %s", id)
	}
	o := mustObject(s.referrals.append(nil, row, 0))
	if o.str("status") != "UNCLAIMED" {
		return fmt.Errorf("brextest: referral %s is %s", id, o.str("status"))
	}
	now := s.now()
	cash := object{}.set("application", object{}.set("status", "ACTIVE")).
		set("accounts", []json.RawMessage{s.referredAccount(id, now).encode()})
	s.referrals.put(row, o.set("status", "ACTIVE").set("products", []json.RawMessage{object{}.set("cash", cash).encode()}))
	return nil
}
