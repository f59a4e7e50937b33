package profile

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBrowsers(t *testing.T) {
	for _, test := range []struct {
		goos, variable string
		want           [][]string
	}{
		{"linux", "", [][]string{{"xdg-open", "URL"}}},
		{"linux", "firefox", [][]string{{"firefox", "URL"}, {"xdg-open", "URL"}}},
		{"linux", "chromium --new-window: :links -x%s -g", [][]string{{"chromium", "--new-window", "URL"}, {"links", "-xURL", "-g"}, {"xdg-open", "URL"}}},
		{"darwin", "", [][]string{{"open", "URL"}}},
		{"darwin", "w", [][]string{{"w", "URL"}, {"open", "URL"}}},
		{"windows", "w", [][]string{{"rundll32", "url.dll,FileProtocolHandler", "URL"}}},
	} {
		assert.Equal(t, test.want, browsers(test.goos, test.variable, "URL"), "%s %q", test.goos, test.variable)
	}
}
