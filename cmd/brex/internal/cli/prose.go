package cli

import (
	"encoding/json"
	"strings"
	"sync"

	"github.com/brex-go/sdk/gen/prose"
)

var proseLoaded sync.Map // by API: func() map[string]string, which reads once

// said is what the document of an API says about a key: the Go name of an operation, that.parameter or Schema.member. It is "" where the
// document says nothing.
func said(api, key string) string {
	load, _ := proseLoaded.LoadOrStore(api, sync.OnceValue(func() map[string]string {
		texts := map[string]string{}
		if file, err := prose.FS.ReadFile(api + ".json"); err == nil {
			_ = json.Unmarshal(file, &texts) // a generated file, which a test reads
		}
		return texts
	}))
	return load.(func() map[string]string)()[key]
}

// firstSentence is the first sentence of a text, as the explanation of a flag, which has no full stop and a small letter.
func firstSentence(text string) string {
	if i := strings.Index(text, ". "); i > 0 {
		text = text[:i]
	}
	if i := strings.Index(text, "; "); i > 30 {
		text = text[:i]
	}
	text = strings.TrimSuffix(text, ".")
	if len(text) > 1 && text[1] >= 'a' && text[1] <= 'z' {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return strings.ReplaceAll(text, "`", "'")
}
