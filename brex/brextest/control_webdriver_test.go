//go:build browser

package brextest_test

import (
	"strings"
	"testing"

	"github.com/brex-go/sdk/scripts/webdriver"
)

// browser is a Chromium that shows the sandbox's page, which says in data-updates how often it has shown something new.
type browser struct{ *webdriver.Browser }

func startBrowser(t *testing.T, arguments ...string) *browser {
	t.Helper()
	return &browser{webdriver.Start(t, arguments...)}
}

// press presses a button and waits until the page has shown what became of it.
func (b *browser) press(selector string) { b.settles(func() { b.Click(selector) }) }

func (b *browser) settles(act func()) {
	seen := b.Run(`return Number(document.body.dataset.updates || 0)`)
	act()
	b.Await(`const seen = arguments[0];
		const look = () => { if (Number(document.body.dataset.updates || 0) > seen) done(true); };
		new MutationObserver(look).observe(document.body, { attributes: true });
		look();`, seen)
}

func (b *browser) settlesOnce() {
	b.Await(`const look = () => { if (document.body.dataset.updates) done(true); };
		new MutationObserver(look).observe(document.body, { attributes: true });
		look();`)
}

// complaintsExcept leaves out what a test has provoked.
func (b *browser) complaintsExcept(text string) (list []string) {
	for _, c := range b.Complaints() {
		if !strings.Contains(c, text) {
			list = append(list, c)
		}
	}
	return list
}
