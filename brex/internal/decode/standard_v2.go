//go:build go1.27 && goexperiment.jsonv2

package decode

import (
	"encoding/json"
	jsonv2 "encoding/json/v2"
)

// decodeOptions are the rules of encoding/json: of members given twice the last one counts, invalid
// UTF-8 is replaced, and the case of names does not matter, as on Go 1.26. Only mistakes are
// reported otherwise, the first one at once: encoding/json checks the whole document before it
// decodes it, to decode the rest of one with a mistake, which no caller sees.
var decodeOptions = jsonv2.JoinOptions(json.DefaultOptionsV1(), json.ReportErrorsWithLegacySemantics(false))

// standard decodes as encoding/json does.
func standard(data []byte, v any) error { return jsonv2.Unmarshal(data, v, decodeOptions) }
