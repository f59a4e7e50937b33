module example.com/consumer

go 1.26.0

require github.com/brex-go/sdk v0.0.0

require (
	github.com/cenkalti/backoff/v4 v4.3.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	golang.org/x/oauth2 v0.36.0 // indirect
)

replace github.com/brex-go/sdk => ../..
