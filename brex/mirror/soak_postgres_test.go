//go:build databases && linux

package mirror_test

import (
	"context"
	"testing"

	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/postgres"
)

func init() {
	sinks["postgres"] = func(place string) (mirror.Sink, error) { return postgres.Open(context.Background(), place) }
	places["postgres"] = func(t testing.TB) string { return servertest.Database(t) }
	soakKinds = append(soakKinds, "postgres")
	atEnd = servertest.Stop
}
