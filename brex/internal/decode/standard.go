//go:build !go1.27 || !goexperiment.jsonv2

package decode

import "encoding/json"

// standard decodes as encoding/json does.
func standard(data []byte, v any) error { return json.Unmarshal(data, v) }
