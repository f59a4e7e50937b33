package money

import (
	"fmt"
	"math/bits"
	"slices"
)

// Allocate divides m in proportion to ratios and returns one part per ratio, in their order. The
// parts add up to m exactly: each is its fair share rounded toward zero, and the minor units left
// over go one each to the parts that lost most by that (the largest remainders), the earlier part
// first among equals. 10.00 USD by 1, 1, 1 is 3.34, 3.33, 3.33. A negative amount divides like its
// positive counterpart. A part whose ratio is zero gets nothing.
//
// It fails with ErrRatio when there are no ratios, when one is negative or when all are zero, and
// with ErrOverflow when the ratios add up to more than 2^64-1. Ratios can be other amounts, to
// spread a fee over invoice lines.
func (m Money) Allocate(ratios ...int64) ([]Money, error) {
	var total uint64
	for i, ratio := range ratios {
		if ratio < 0 {
			return nil, fmt.Errorf("%w: ratio %d (index %d) is negative", ErrRatio, ratio, i)
		}
		sum, carry := bits.Add64(total, uint64(ratio), 0)
		if carry != 0 {
			return nil, fmt.Errorf("%w: the ratios add up to more than 2^64-1", ErrOverflow)
		}
		total = sum
	}
	if total == 0 {
		return nil, fmt.Errorf("%w: %d ratios, none above zero, to divide %v", ErrRatio, len(ratios), m)
	}

	whole := magnitude(m.Amount)
	left := whole
	shares := make([]uint64, len(ratios))
	remainders := make([]uint64, len(ratios))
	order := make([]int, len(ratios))
	for i, ratio := range ratios {
		// The product has 128 bits. The quotient cannot exceed whole, because no ratio exceeds
		// total, so Div64 is safe.
		hi, lo := bits.Mul64(whole, uint64(ratio))
		shares[i], remainders[i] = bits.Div64(hi, lo, total)
		left -= shares[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case remainders[a] > remainders[b]:
			return -1
		case remainders[a] < remainders[b]:
			return 1
		default:
			return 0
		}
	})
	// left is the sum of the remainders over total, so it is less than the number of parts with a
	// remainder.
	for _, i := range order[:left] {
		shares[i]++
	}
	return m.parts(shares), nil
}

// maxParts bounds what Split makes.
const maxParts = 1_000_000

// Split divides m into n parts that differ by at most one minor unit, the larger ones first: 10.00
// USD in three is 3.34, 3.33, 3.33. The parts add up to m exactly. It fails with ErrRatio when n is
// less than 1 or more than 1,000,000, which would take memory without end.
func (m Money) Split(n int) ([]Money, error) {
	if n < 1 || n > maxParts {
		return nil, fmt.Errorf("%w: cannot split %v into %d parts", ErrRatio, m, n)
	}
	share, left := bits.Div64(0, magnitude(m.Amount), uint64(n))
	shares := make([]uint64, n)
	for i := range shares {
		shares[i] = share
		if uint64(i) < left {
			shares[i]++
		}
	}
	return m.parts(shares), nil
}

// parts gives each share the sign and the currency of m.
func (m Money) parts(shares []uint64) []Money {
	parts := make([]Money, len(shares))
	for i, share := range shares {
		if m.Amount < 0 {
			share = -share // two's complement: 1<<63 becomes math.MinInt64
		}
		parts[i] = New(int64(share), m.Currency)
	}
	return parts
}
