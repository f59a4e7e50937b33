//go:build databases && linux

package mirror_test

import (
	"context"

	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/postgres"
)

func init() {
	sinks["postgres"] = func(place string) (mirror.Sink, error) { return postgres.Open(context.Background(), place) }
	places["postgres"] = servertest.Database
	soakKinds = append(soakKinds, "postgres")
	atEnd = servertest.Stop
}
