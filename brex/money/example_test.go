package money_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/brex-go/sdk/brex/money"
)

func ExampleParse() {
	for _, text := range []string{"12.50 USD", "JPY 1000", "12.505 USD", "1,000.00 USD", "12.50"} {
		m, err := money.Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(m.Amount, "minor units:", m)
	}
	// Output:
	// 1250 minor units: 12.50 USD
	// 1000 minor units: 1000 JPY
	// money: too many digits for the currency: "12.505 USD": USD has 2 digits after the point
	// money: malformed amount "1,000.00 USD": a comma is ambiguous; write "1234.50", with a point and without thousands separators
	// money: malformed amount "12.50": the currency is missing; write an amount and a currency, such as "12.50 USD"
}

func ExampleParseIn() {
	m, err := money.ParseIn("12.5", money.EUR)
	fmt.Println(m, err)
	// Output: 12.50 EUR <nil>
}

func ExampleMoney_Add() {
	fare, tip := money.New(1800, money.USD), money.New(250, money.USD)
	fmt.Println(fare.Add(tip))

	_, err := fare.Add(money.New(250, money.EUR))
	fmt.Println(errors.Is(err, money.ErrCurrencyMismatch), err)
	// Output:
	// 20.50 USD <nil>
	// true money: different currencies: cannot add 2.50 EUR to 18.00 USD
}

func ExampleMoney_Allocate() {
	invoice := money.New(100_00, money.USD)
	parts, err := invoice.Allocate(50, 30, 19) // weights, not percentages: they need not add up to 100
	fmt.Println(parts, err)
	fmt.Println(money.Sum(parts...))
	// Output:
	// [50.51 USD 30.30 USD 19.19 USD] <nil>
	// 100.00 USD <nil>
}

func ExampleMoney_Split() {
	fmt.Println(money.New(10_00, money.USD).Split(3))
	// Output: [3.34 USD 3.33 USD 3.33 USD] <nil>
}

// The accounting API writes 100.5 for 100.50 dollars; the other APIs write 10050.
func ExampleDecimal_Money() {
	var line struct {
		Amount   money.Decimal  `json:"amount"`
		Currency money.Currency `json:"currency"`
	}
	if err := json.Unmarshal([]byte(`{"amount": 100.5, "currency": "USD"}`), &line); err != nil {
		fmt.Println(err)
		return
	}
	m, err := line.Amount.Money(line.Currency)
	fmt.Println(m.Amount, m, err)

	// A third of a cent has no value in cents, so there is none to return.
	third, err := money.ParseDecimal("0.333")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = third.Money(money.USD)
	fmt.Println(errors.Is(err, money.ErrInexact), err)
	// Output:
	// 10050 100.50 USD <nil>
	// true money: too many digits for the currency: "0.333": USD has 2 digits after the point
}

func ExampleMoney_Decimal() {
	body, err := json.Marshal(map[string]any{"amount": money.New(100_50, money.USD).Decimal()})
	fmt.Println(string(body), err)
	// Output: {"amount":100.50} <nil>
}
