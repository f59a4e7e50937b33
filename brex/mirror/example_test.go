package mirror_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/file"
)

// A copy of two lists in a folder of JSON lines. A second run finds nothing new.
func ExampleMirror_Run() {
	sandbox, err := brextest.NewHandler()
	if err != nil {
		log.Fatal(err)
	}
	client, err := brex.New(brex.WithToken(sandbox.Token()), brex.WithHTTPClient(inMemory(sandbox)))
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "copy")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	sink, err := file.Open(dir, file.JSONL)
	if err != nil {
		log.Fatal(err)
	}
	defer sink.Close()
	m, err := mirror.New(client, sink)
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		report, err := m.Run(context.Background(), "users", "departments")
		if err != nil {
			log.Fatal(err)
		}
		for _, s := range report.Streams {
			fmt.Println(s.Stream, s.Status, "added", s.Added, "same", s.Same)
		}
	}
	// Output:
	// departments done added 8 same 0
	// users done added 40 same 0
	// departments done added 0 same 8
	// users done added 0 same 40
}
