package brextest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func TestTravel(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, brextest.WithSize(brextest.Size{Expenses: 600, CardTransactions: 1})))
	trips := w.all("/v1/trips?limit=25")
	require.Greater(t, len(trips), 30)
	kinds, statuses := map[string]int{}, map[string]int{}
	for _, trip := range trips {
		id := trip["id"].(string)
		statuses[trip["status"].(string)]++
		bookings := w.all("/v1/trips/" + id + "/bookings?limit=1")
		require.NotEmpty(t, bookings)
		for _, b := range bookings {
			require.Equal(t, id, b["trip_id"])
			require.Equal(t, b["type"], b["booking_data"].(m)["type"])
			require.Equal(t, b, w.call("getBooking", "", id, b["id"].(string)))
			kinds[b["type"].(string)]++
		}
	}
	for _, kind := range []string{"AIR", "CAR_RENTAL", "LODGING", "RAIL"} {
		require.NotZero(t, kinds[kind], kind)
	}
	require.NotZero(t, statuses["UPCOMING"])
	require.NotZero(t, statuses["COMPLETED"])

	const after = "2026-09-01T00:00:00.000Z"
	var want []string
	for _, trip := range trips {
		if trip["updated_at"].(string) > after {
			want = append(want, trip["id"].(string))
		}
	}
	require.NotEmpty(t, want)
	require.Equal(t, want, ids(w.all("/v1/trips?last_updated_after="+after)))

	// The expense that paid for a trip names it, and its booking.
	linked := 0
	for _, e := range w.all("/v1/expenses") {
		if id, ok := e["trip_id"].(string); ok {
			w.call("getBooking", "", id, e["booking_id"].(string))
			linked++
		}
	}
	require.Equal(t, len(trips), linked)
	require.Equal(t, 404, w.try("getBooking", "", trips[0]["id"].(string), "nope").Status)
	require.Equal(t, 404, w.try("listTripBookings", "", "nope").Status)

	// Trips go on with the clock.
	var upcoming m
	for _, trip := range trips {
		if trip["status"] == "UPCOMING" {
			upcoming = trip
		}
	}
	w.Advance(40 * 24 * time.Hour)
	now := w.call("getTrip", "", upcoming["id"].(string))
	require.Equal(t, "COMPLETED", now["status"])
	require.Contains(t, ids(w.all("/v1/trips?last_updated_after=2026-11-03T00:00:00")), upcoming["id"])
}

func TestReferrals(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	before := w.all("/v1/referrals")
	statuses := map[any]int{}
	for _, r := range before {
		statuses[r["status"]]++
	}
	require.Len(t, statuses, 4)
	body := m{"referral_code": "abc", "applicant": m{"email": "f@x.example", "first_name": "F", "last_name": "X"}}
	made := w.call("createReferralRequest", js(body))
	require.Equal(t, "UNCLAIMED", made["status"])
	require.Equal(t, made["id"], w.all("/v1/referrals")[0]["id"])
	wantProblem(t, w.try("createReferralRequest", js(m{"applicant": body["applicant"]})), 400, "referral_code is required")
	body["business"] = m{"employer_identification_number": "12345678"}
	wantProblem(t, w.try("createReferralRequest", js(body)), 400, "business.employer_identification_number is invalid")
	body["business"] = m{"beneficial_owners": []m{{"legal_name": "F", "prong": "SOME"}}}
	wantProblem(t, w.try("createReferralRequest", js(body)), 400, "business.beneficial_owners[0].prong is invalid")

	id := idOf(made)
	wrong := w.call("createDocument", `{"type":"CERTIFICATE_GOOD_STANDING"}`, id)
	document := w.call("createDocument", `{"type":"IRS_EIN_CONFIRMATION"}`, id)
	process := func(id any) result {
		return w.try("processDelayedEINDocument", js(m{"document_id": id}), made["id"].(string))
	}
	wantProblem(t, process("nope"), 400, "document_id is invalid")
	wantProblem(t, process(wrong["id"]), 400, "does not say the EIN")
	wantProblem(t, process(document["id"]), 400, "was not uploaded")
	require.Equal(t, 200, w.put(document["uri"].(string), "ein").Status)
	require.Equal(t, 200, process(document["id"]).Status)

	require.NoError(t, w.ActivateReferral(id))
	active := w.call("getReferral", "", id)
	require.Equal(t, "ACTIVE", active["status"])
	require.Len(t, active["products"].([]any)[0].(m)["cash"].(m)["accounts"], 1)
	require.Error(t, w.ActivateReferral(id))
	require.Error(t, w.ActivateReferral("nope"))
	late := idOf(w.call("createReferralRequest", js(m{"referral_code": "abc", "applicant": body["applicant"]})))
	w.Advance(91 * 24 * time.Hour)
	require.Equal(t, "EXPIRED", w.call("getReferral", "", late)["status"])
}
