package brex_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

func TestEachGoesOnAfterAFailure(t *testing.T) {
	broken := errors.New("broken")
	var done atomic.Int32
	err := brex.Each(t.Context(), []string{"a", "b", "c", "d", "e", "f", "g"}, func(_ context.Context, id string) error {
		if id == "b" || id == "f" {
			return broken
		}
		done.Add(1)
		return nil
	})
	require.EqualValues(t, 5, done.Load())
	var each *brex.EachError
	require.ErrorAs(t, err, &each)
	require.Equal(t, &brex.EachError{Of: 7, Failed: []brex.EachFailure{{Index: 1, Err: broken}, {Index: 5, Err: broken}}}, each)
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "brex: 2 of 7 failed; item 1: broken")
	require.NoError(t, brex.Each(t.Context(), nil, func(context.Context, string) error { return broken }))
}

func TestEachBeginsNothingAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var begun atomic.Int32
	err := brex.Each(ctx, make([]int, 100), func(context.Context, int) error {
		begun.Add(1)
		cancel()
		return nil
	})
	require.LessOrEqual(t, begun.Load(), int32(4))
	var each *brex.EachError
	require.ErrorAs(t, err, &each)
	require.Len(t, each.Failed, 100-int(begun.Load()))
	require.ErrorIs(t, err, context.Canceled)
}
