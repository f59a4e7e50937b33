package output

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
)

type payee struct{ id, name, memo, status, amount string }

var payeeColumns = []Column[payee]{
	ID("id", func(p payee) string { return p.id }),
	Text("name", func(p payee) string { return p.name }),
	Amount("amount", func(p payee) *money.Money {
		m, err := money.Parse(p.amount)
		if err != nil {
			return nil
		}
		return &m
	}),
	Text("status", func(p payee) string { return p.status }),
	Text("memo", func(p payee) string { return p.memo }),
}

// A table is never wider than the terminal, whatever the columns of a character; amounts are whole or not there; ids give way last.
func TestTableFits(t *testing.T) {
	rows := []payee{
		{"vendor_clw977uo0gmv2waxrneblhzj7", "株式会社東京製作所", "👩‍👩‍👧‍👦 家族 lunch", "ACTIVE", "1234567.89 USD"},
		{"vendor_clx4ke9atgmv37gkbhnr6otkj", "Müller & Söhne 🇩🇪 GmbH", "e\u0301clair", "PENDING", "-0.070 JOD"},
	}
	for fit := 1; fit < 140; fit++ {
		var b bytes.Buffer
		require.NoError(t, NewPrinter(&b, Options{Width: fit}, payeeColumns).Show(rows))
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		require.Len(t, lines, 3)
		for _, line := range lines {
			if fit >= narrowest {
				require.LessOrEqual(t, width(line), fit, "%q", line)
			}
		}
		if strings.Contains(lines[0], "AMOUNT") {
			require.Contains(t, lines[1], "1234567.89 USD")
		}
		if strings.Contains(lines[1], "vendor_c…") || !strings.Contains(lines[1], rows[0].id) {
			require.NotContains(t, lines[1], rows[0].name, "an id was shortened before a name")
		}
	}
}

func TestTitle(t *testing.T) {
	for name, want := range map[string]string{"user_id": "USER ID", "displayName": "DISPLAY NAME", "billingAddress.city": "BILLING ADDRESS.CITY", "id": "ID"} {
		require.Equal(t, want, Title(name))
	}
}
