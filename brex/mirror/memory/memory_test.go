package memory_test

import (
	"testing"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
	"github.com/brex-go/sdk/brex/mirror/memory"
)

func TestSink(t *testing.T) {
	sinktest.Run(t, func(*testing.T) sinktest.Place {
		sink := memory.New()
		return func(*testing.T) mirror.Sink { return sink }
	})
}
