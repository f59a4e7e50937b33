package brextest

import (
	"hash/fnv"
	"strings"
)

// Prefixes of ids. Those of users, cards, card transactions, expenses, cash
// accounts and companies are Brex's own; the others are guesses in its style.
const (
	prefixExpense      = "expense_"
	prefixUser         = "cuuser_"
	prefixCard         = "ncard_"
	prefixCardTx       = "pste_"
	prefixCashAccount  = "dpacc_"
	prefixCardAccount  = "cacc_"
	prefixCompany      = "cuacc_"
	prefixCashTx       = "dptx_"
	prefixStatement    = "stmt_"
	prefixDepartment   = "cudept_"
	prefixLocation     = "culoc_"
	prefixTitle        = "cutitle_"
	prefixEntity       = "cuent_"
	prefixBudget       = "budget_"
	prefixVendor       = "vendor_"
	prefixInstrument   = "pi_"
	prefixTransfer     = "transfer_"
	prefixMerchant     = "merchant_"
	prefixReceipt      = "receipt_"
	prefixPayment      = "payment_"
	prefixPolicy       = "policy_"
	prefixTrip         = "trip_"
	prefixBankAccount  = "bkconn_"
	prefixTransferPart = "txref_"
	prefixBooking      = "booking_"
	prefixField        = "field_"
	prefixFieldValue   = "fieldval_"
	prefixRecord       = "arec_"
	prefixRecordLine   = "arline_"
	prefixIntegration  = "integ_"
	prefixReferral     = "ref_"
	prefixDocument     = "doc_"
	prefixProgram      = "bprogram_"
	prefixBlueprint    = "bblueprint_"
	prefixSubscription = "whsub_"
	prefixEvent        = "msg_"
	prefixWebhookGroup = "whgrp_"
)

// firstCreated is the number of the first object that a client creates: above
// everything generated, so the two never share an id.
const firstCreated = 1 << 40

// identity makes the ids of one seed. An id is a prefix and a cuid: "c", eight
// base-36 digits of a time in milliseconds, 16 more digits. The last 13 of them
// are the object's number through a bijection, so that a generated row is found
// by its id without an index of a million strings.
type identity struct{ seed uint64 }

const (
	timeDigits = 8
	saltDigits = 3
	nrDigits   = 13
	base36     = "0123456789abcdefghijklmnopqrstuvwxyz"
)

func (d identity) id(prefix string, ms int64, number uint64) string {
	return string(d.append(nil, prefix, ms, number))
}

func (d identity) append(dst []byte, prefix string, ms int64, number uint64) []byte {
	salt := d.salt(prefix)
	dst = append(dst, prefix...)
	dst = append(dst, 'c')
	dst = append36(dst, uint64(ms), timeDigits)
	dst = append36(dst, salt, saltDigits)
	return append36(dst, mix(number^salt), nrDigits)
}

// number is the inverse of id. The caller compares the id of what it finds:
// the time in an id is not checked here.
func (d identity) number(prefix, id string) (uint64, bool) {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok || len(rest) != 1+timeDigits+saltDigits+nrDigits {
		return 0, false
	}
	var n uint64
	for _, c := range []byte(rest[len(rest)-nrDigits:]) {
		digit := strings.IndexByte(base36, c)
		if digit < 0 {
			return 0, false
		}
		n = n*36 + uint64(digit)
	}
	return unmix(n) ^ d.salt(prefix), true
}

func (d identity) salt(prefix string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(prefix); i++ {
		h = (h ^ uint64(prefix[i])) * 1099511628211
	}
	return mix(h ^ d.seed)
}

func append36(dst []byte, n uint64, width int) []byte {
	var digits [nrDigits]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = base36[n%36]
		n /= 36
	}
	return append(dst, digits[:width]...)
}

// mix is the finaliser of splitmix64, a bijection of 64-bit numbers.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unmix is its inverse: the multipliers are the modular inverses.
func unmix(x uint64) uint64 {
	x = (x ^ x>>31 ^ x>>62) * 0x319642b2d24d8ec3
	x = (x ^ x>>27 ^ x>>54) * 0x96de1b173f119089
	return x ^ x>>30 ^ x>>60
}

// rng is splitmix64: tiny, fast, and the same on every machine and Go version,
// which math/rand does not promise.
type rng struct{ state uint64 }

// random returns the sequence of one row: the same seed, kind and number give
// the same row, whatever was generated before.
func (d identity) random(kind string, number int) *rng {
	return &rng{mix(d.salt(kind)+uint64(number)*0x9e3779b97f4a7c15) | 1}
}

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

// below returns a number in [0, n), 0 when n is 0.
func (r *rng) below(n int) int {
	if n <= 0 {
		return 0
	}
	return int(r.next() % uint64(n))
}

// chance is true in about percent of 100 cases.
func (r *rng) chance(percent int) bool { return r.below(100) < percent }

func (r *rng) between(low, high int64) int64 {
	if high <= low {
		return low
	}
	return low + int64(r.next()%uint64(high-low+1))
}

// oneOf picks an element.
func oneOf[T any](r *rng, list []T) T { return list[r.below(len(list))] }

func hash64(parts ...string) uint64 {
	h := fnv.New64a()
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}
