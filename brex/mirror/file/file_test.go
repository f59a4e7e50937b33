package file_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
)

func TestSink(t *testing.T) {
	for _, format := range file.Formats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			sinktest.Run(t, func(t *testing.T) sinktest.Place {
				dir := t.TempDir() + "/copy [1]"
				return func(t *testing.T) mirror.Sink {
					sink, err := file.Open(dir, format)
					require.NoError(t, err)
					return sink
				}
			})
		})
	}
}
