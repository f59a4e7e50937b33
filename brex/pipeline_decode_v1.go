//go:build !go1.27 || !goexperiment.jsonv2

package brex

import "encoding/json"

// decodeJSON decodes a response, unless WithJSON says how.
func decodeJSON(data []byte, v any) error { return json.Unmarshal(data, v) }
