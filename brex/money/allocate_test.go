package money_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
)

func amounts(ms []money.Money) []int64 {
	var out []int64
	for _, m := range ms {
		out = append(out, m.Amount)
	}
	return out
}

func TestAllocate(t *testing.T) {
	for _, tt := range []struct {
		amount int64
		ratios []int64
		want   []int64
	}{
		{1000, []int64{1, 1, 1}, []int64{334, 333, 333}},
		{-1000, []int64{1, 1, 1}, []int64{-334, -333, -333}},
		{100, []int64{70, 20, 10}, []int64{70, 20, 10}},
		{5, []int64{3, 7}, []int64{2, 3}},                       // 1.5 and 3.5: the earlier of two equal remainders
		{5, []int64{7, 3}, []int64{4, 1}},                       //
		{10, []int64{1, 2, 4}, []int64{1, 3, 6}},                // 1.43 2.86 5.71: largest remainders, not first parts
		{1, []int64{1, 1, 1}, []int64{1, 0, 0}},                 //
		{0, []int64{1, 2}, []int64{0, 0}},                       //
		{101, []int64{0, 1, 0, 1, 0}, []int64{0, 51, 0, 50, 0}}, // a zero ratio never gets a leftover
		{7, []int64{5}, []int64{7}},
		{maxInt, []int64{maxInt, maxInt}, []int64{maxInt/2 + 1, maxInt / 2}},
		{minInt, []int64{1}, []int64{minInt}},
		{minInt, []int64{maxInt}, []int64{minInt}},
		{minInt, []int64{maxInt, maxInt}, []int64{minInt / 2, minInt / 2}},
		{minInt, []int64{1, 2}, []int64{-3074457345618258603, -6148914691236517205}},
	} {
		parts, err := money.New(tt.amount, "EUR").Allocate(tt.ratios...)
		require.NoError(t, err)
		assert.Equal(t, tt.want, amounts(parts), "%d by %v", tt.amount, tt.ratios)
		for _, part := range parts {
			assert.Equal(t, money.EUR, part.Currency)
		}
	}
}

func TestAllocateErrors(t *testing.T) {
	for _, tt := range []struct {
		ratios []int64
		is     error
		text   string
	}{
		{nil, money.ErrRatio, "money: senseless ratios: 0 ratios, none above zero, to divide 10.00 USD"},
		{[]int64{0, 0}, money.ErrRatio, "money: senseless ratios: 2 ratios, none above zero, to divide 10.00 USD"},
		{[]int64{3, -1}, money.ErrRatio, "money: senseless ratios: ratio -1 (index 1) is negative"},
		{[]int64{maxInt, maxInt, 2}, money.ErrOverflow, "money: amount out of range: the ratios add up to more than 2^64-1"},
	} {
		parts, err := usd(1000).Allocate(tt.ratios...)
		assert.Nil(t, parts)
		assert.ErrorIs(t, err, tt.is)
		assert.EqualError(t, err, tt.text)
	}
}

// For any amount and ratios: the parts add up, each is within one unit of its exact share, the negative is the mirror
// image, and no part got a leftover while one with a larger remainder did not.
func TestAllocateProperties(t *testing.T) {
	r := seeded(t)
	for range 5000 {
		amount := anyAmount(r)
		ratios := make([]int64, 1+r.IntN(8))
		total := new(big.Int)
		for i := range ratios {
			ratios[i] = r.Int64() >> r.IntN(63)
			if r.IntN(6) == 0 {
				ratios[i] = 0
			}
			total.Add(total, big.NewInt(ratios[i]))
		}
		if total.Sign() == 0 || !total.IsUint64() {
			continue
		}
		m := usd(amount)
		parts, err := m.Allocate(ratios...)
		require.NoError(t, err)
		require.Len(t, parts, len(ratios))

		sum, err := money.Sum(parts...)
		require.NoError(t, err)
		require.Equal(t, m, sum, "%d by %v", amount, ratios)

		type share struct{ remainder, extra *big.Int }
		var shares []share
		for i, part := range parts {
			exact := new(big.Int).Mul(new(big.Int).Abs(big.NewInt(amount)), big.NewInt(ratios[i]))
			floor, remainder := exact.DivMod(exact, total, new(big.Int))
			extra := new(big.Int).Sub(new(big.Int).Abs(big.NewInt(part.Amount)), floor)
			require.True(t, extra.Sign() == 0 || extra.Cmp(big.NewInt(1)) == 0, "%d by %v: part %d is %v", amount, ratios, i, part)
			require.False(t, remainder.Sign() == 0 && extra.Sign() > 0, "an exact share gets no leftover")
			shares = append(shares, share{remainder, extra})
		}
		slices.SortStableFunc(shares, func(a, b share) int { return b.remainder.Cmp(a.remainder) })
		require.True(t, slices.IsSortedFunc(shares, func(a, b share) int { return b.extra.Cmp(a.extra) }),
			"%d by %v: leftovers go to the largest remainders, the earlier first", amount, ratios)

		if amount != minInt {
			mirror, err := usd(-amount).Allocate(ratios...)
			require.NoError(t, err)
			for i := range parts {
				require.Equal(t, -parts[i].Amount, mirror[i].Amount)
			}
		}
	}
}

// Among equals the earlier part comes first, also where there are more parts than a simple sort keeps in order by itself.
func TestAllocateIsStable(t *testing.T) {
	ratios := make([]int64, 300)
	for i := range ratios {
		ratios[i] = int64(1 + i%2) // total 450: 500 units are 1.11 or 2.22 each, so the twos come first in what is left
	}
	parts, err := usd(500).Allocate(ratios...)
	require.NoError(t, err)
	for i, part := range parts {
		want := ratios[i]
		if i%2 == 1 && i < 100 {
			want++
		}
		require.Equal(t, want, part.Amount, "part %d", i)
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		amount int64
		n      int
		want   []int64
	}{
		{1000, 3, []int64{334, 333, 333}},
		{-1000, 3, []int64{-334, -333, -333}},
		{2, 4, []int64{1, 1, 0, 0}},
		{0, 2, []int64{0, 0}},
		{minInt, 1, []int64{minInt}},
		{minInt, 2, []int64{minInt / 2, minInt / 2}},
	} {
		parts, err := usd(tt.amount).Split(tt.n)
		require.NoError(t, err)
		assert.Equal(t, tt.want, amounts(parts))
	}
	for _, n := range []int{0, -1, 1_000_001, math.MaxInt32, math.MaxInt} {
		_, err := usd(1000).Split(n)
		assert.ErrorIs(t, err, money.ErrRatio)
	}
	_, err := usd(1000).Split(0)
	assert.EqualError(t, err, "money: senseless ratios: cannot split 10.00 USD into 0 parts")

	r := seeded(t)
	for range 2000 {
		m, n := usd(anyAmount(r)), 1+r.IntN(20)
		split, err := m.Split(n)
		require.NoError(t, err)
		same, err := m.Allocate(slices.Repeat([]int64{3}, n)...)
		require.NoError(t, err)
		require.Equal(t, same, split, "Split is Allocate by equal ratios")
	}
}
