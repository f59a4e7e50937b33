package brextest

import (
	"sync"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// operation is one row of the interface.
type operation struct {
	api, method, path, id string
	key                   wire.Idempotency
	scopes                []string // any of these is enough; none: any valid token
	spec                  func() spec
	serve                 serveFunc
}

// catalogue is every operation that Brex publishes, so that an operation the
// sandbox does not model is told apart from a path that does not exist. A test
// holds the generated table against openapi/.
func catalogue() []operation {
	all := make([]operation, 0, len(operations.All))
	for _, row := range operations.All {
		all = append(all, operation{api: row.API, method: row.Method, path: row.Path, id: row.ID, key: row.Idempotency, scopes: row.Scopes,
			spec: sync.OnceValue(func() spec { return documented[row.API]()[row.Method+" "+row.Path] })})
	}
	return all
}
