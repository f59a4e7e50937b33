//go:build tools

// Package tools pins the programs that `go generate` and `make lint` run, so
// that every checkout uses the same versions, held by go.sum.
package tools

import (
	_ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
	_ "honnef.co/go/tools/cmd/staticcheck"
)
