package brextest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// TestChaosIsReproducible: the same seed and calls meet the same faults,
// whatever is called in between.
func TestChaosIsReproducible(t *testing.T) {
	t.Parallel()
	faults := []brextest.Fault{brextest.Status(500, ""), brextest.HTML(502), brextest.EmptyBody(), brextest.RetryAfter(time.Second)}
	story := func(seed uint64, others bool) string {
		s := newSandbox(t, small, brextest.WithChaos(seed, 0.4, faults...))
		var b strings.Builder
		for range 150 {
			if others {
				s.raw("GET", "/v2/titles", "", "Authorization", "Bearer "+s.Token())
			}
			got := s.raw("GET", "/v2/users/me", "", "Authorization", "Bearer "+s.Token())
			fmt.Fprintln(&b, got.Status, got.Header.Get("Retry-After"), len(got.Body))
		}
		return b.String()
	}
	first := story(7, false)
	require.Equal(t, first, story(7, false))
	require.Equal(t, first, story(7, true))
	require.NotEqual(t, first, story(8, false))
	for _, want := range []string{"500", "502", "429 1", "200  0"} {
		require.Contains(t, first, want)
	}

	quiet := newSandbox(t, small, brextest.WithChaos(7, 1, brextest.Status(500, "")))
	require.Equal(t, 404, quiet.get("/nope").Status, "what Brex does not have meets no fault")
	quiet.ClearFaults()
	require.Equal(t, 200, quiet.get("/v2/users/me").Status)

	_, err := brextest.NewHandler(brextest.WithChaos(1, 2))
	require.ErrorContains(t, err, "between 0 and 1")
	_, err = brextest.NewHandler(brextest.WithChaos(1, 0.1, brextest.Fault{}))
	require.ErrorContains(t, err, "empty")
}

// TestChaosKeepsPromises: a client that repeats with the same key makes each
// thing once, however bad the weather, and finds what it was told it made.
func TestChaosKeepsPromises(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h, err := brextest.NewHandler(brextest.WithSize(brextest.Size{Expenses: 10, Vendors: brextest.None}),
					brextest.WithClock(time.Now), brextest.WithChaos(seed, 0.5))
				require.NoError(t, err)
				client := clientOf(t, h, brex.WithLimiter(nil), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 40, Budget: 24 * time.Hour}))
				const vendors = 60
				for i := range vendors {
					_, err := client.Vendors.Create(t.Context(), brex.CreateVendorRequest{CompanyName: fmt.Sprint("Vendor ", i)},
						brex.WithIdempotencyKey(fmt.Sprint("key", i)))
					require.NoError(t, err)
				}
				h.ClearFaults()
				page, err := client.Vendors.List(t.Context(), brex.VendorListParams{})
				require.NoError(t, err)
				require.Len(t, page.Items, vendors)
				statuses := map[int]int{}
				for _, r := range h.Requests() {
					statuses[r.Status]++
				}
				require.NotZero(t, statuses[0])
				require.NotZero(t, statuses[503])
				require.Greater(t, statuses[200], vendors, "some were carried out more than once")
			})
		})
	}
}

// TestChaosDoesNotRepeatWhatCannotBe: without a key nobody but the client
// sends a POST twice.
func TestChaosDoesNotRepeatWhatCannotBe(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithChaos(1, 1, brextest.Duplicate()))
	known := len(s.all("/v2/departments"))
	require.Equal(t, 200, s.do("POST", "/v2/departments", `{"name":"Once"}`).Status)
	require.Len(t, s.all("/v2/departments"), known+1)
	require.Equal(t, 200, s.do("POST", "/v2/departments", `{"name":"Once more"}`, key("k")...).Status)
	require.Len(t, s.all("/v2/departments"), known+2)
}

// TestChaosGivesBrexErrors: what the client cannot survive is an error of its
// own, and nothing is made up.
func TestChaosGivesBrexErrors(t *testing.T) {
	t.Parallel()
	h, err := brextest.NewHandler(small, brextest.WithChaos(3, 1, append(brextest.DefaultChaos(), brextest.EmptyBody(), brextest.TruncatedJSON())...))
	require.NoError(t, err)
	client := clientOf(t, h, brex.WithLimiter(nil), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1}))
	failed := 0
	for range 150 {
		page, err := client.Users.List(t.Context(), brex.UserListParams{})
		if err == nil {
			require.NotEmpty(t, page.Items)
			continue
		}
		failed++
		var e *brex.Error
		require.True(t, errors.As(err, &e), "%v", err)
	}
	require.NotZero(t, failed)
}

// TestChaosOfUploads: the upload host has bad days too, the OAuth issuer has
// none.
func TestChaosOfUploads(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithChaos(5, 0.5, brextest.Status(503, "<Error/>"), brextest.Duplicate()))
	repeat := func(want int, send func() result) result {
		for {
			if got := send(); got.Status == want {
				return got
			}
		}
	}
	for range 12 {
		link := repeat(201, func() result {
			return s.raw("POST", "/v1/expenses/card/receipt_match", `{"receipt_name":"a.pdf"}`, "Authorization", "Bearer "+s.Token())
		}).json(t)["uri"].(string)
		repeat(200, func() result { return s.put(link, "%PDF-1.7") })
	}
	statuses := map[int]int{}
	for _, r := range s.Requests() {
		if r.OperationID == brextest.UploadFile {
			statuses[r.Status]++
		}
	}
	require.Greater(t, statuses[200], 12, "a file may arrive twice: %v", statuses)
	require.NotZero(t, statuses[503])

	s = newSandbox(t, small, brextest.WithChaos(1, 1, brextest.Status(500, "")), brextest.WithOAuthClient("app", "secret"))
	for range 20 {
		got := s.raw("POST", brextest.IssuerPath+"/v1/token", "grant_type=client_credentials&scope=vendors&client_id=app&client_secret=secret",
			"Content-Type", "application/x-www-form-urlencoded")
		require.Equal(t, 200, got.Status)
	}
}
