package brextest

import (
	"encoding/json"
	"time"
)

const day = 24 * time.Hour

// Rows keep instants in milliseconds since 1970.
const (
	hourMs = int64(time.Hour / time.Millisecond)
	dayMs  = 24 * hourMs
)

// money is an amount of US cents.
func money(cents int64) json.RawMessage { return appendMoney(nil, cents, "USD") }
