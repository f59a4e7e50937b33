package output

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/brex-go/sdk/brex/wire"
)

func TestTextWidths(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "😀": 2, "⏰": 2, "✅ ok": 5, "🇩🇪": 2, "👍🏽": 2, "ｱ": 1} {
		assert.Equal(t, want, width(text), text)
	}
	assert.Equal(t, "日…", Truncate("日本語", 4))
	assert.Equal(t, "🇩🇪…", Truncate("🇩🇪🇫🇷🇮🇹", 4), "a flag is not cut in half")
	assert.Equal(t, "e\u0301…", Truncate("e\u0301bc", 2))
	assert.Equal(t, "abc", Truncate("abc", 3))
	assert.Equal(t, "ab…", Truncate("abcd", 3))
}

func FuzzClean(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[31m\u009b\u202e\xff\n")
	f.Fuzz(func(t *testing.T, s string) {
		once := Clean(s)
		for _, r := range once {
			if wire.IsUnsafeRune(r) {
				t.Fatalf("%q lets %q through", s, r)
			}
		}
		if Clean(once) != once {
			t.Fatalf("%q is not clean", once)
		}
	})
}
