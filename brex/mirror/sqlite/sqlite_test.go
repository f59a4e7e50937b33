package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
	"github.com/brex-go/sdk/brex/mirror/sqlite"
)

func TestSink(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) sinktest.Place {
		path := t.TempDir() + "/brex #1?.db"
		return func(t *testing.T) mirror.Sink {
			sink, err := sqlite.Open(path)
			require.NoError(t, err)
			return sink
		}
	})
}
