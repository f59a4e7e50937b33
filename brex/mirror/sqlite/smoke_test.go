package sqlite

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
)

func TestSmoke(t *testing.T) {
	server := brextest.NewServer(t)
	client, err := brex.New(brex.WithToken(server.Token()), brex.WithBaseURL(server.URL))
	require.NoError(t, err)
	path := t.TempDir() + "/x.db"
	path = "/tmp/w/smoke.db"
	sink, err := Open(path)
	require.NoError(t, err)
	defer sink.Close()
	m, err := mirror.New(client, sink, mirror.WithClock(func() time.Time { return brextest.DefaultNow }))
	require.NoError(t, err)
	for range 2 {
		start := time.Now()
		report, err := m.Run(t.Context())
		fmt.Println(report.Requests(), time.Since(start), err)
		for _, s := range report.Streams {
			fmt.Println(s.Stream, s.Status, s.Full, s.Rows, s.Requests, s.Changes, s.Note, s.Misfits, s.Err)
		}
	}
}
