// Command brex shows what a company has in Brex. Run brex --help, or brex expenses list --sandbox to try it without a token.
package main

import (
	"os"

	"github.com/brex-go/sdk/cmd/brex/internal/cli"
)

func main() { os.Exit(cli.Main()) }
