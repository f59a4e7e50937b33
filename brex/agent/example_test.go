package agent_test

import (
	"encoding/json"
	"fmt"

	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/brex/money"
)

// A Slack incoming webhook wants the notice as text. The people it names decide in the program or on
// a page, not in Slack.
func ExampleNewWebhook() {
	slack := func(a agent.Approval) (any, error) {
		n := agent.NoticeOf(a)
		return map[string]string{"text": fmt.Sprintf("%s asks for %s of %v: %s. Decide with: brex agents approvals approve %s",
			n.Agent, n.Operation, n.Amounts, n.Why, n.ID)}, nil
	}
	_, err := agent.NewWebhook("https://hooks.slack.example/services/T0/B0", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", slack)
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := slack(agent.Approval{ID: "r-7f3k9q", Agent: "ap-agent", Operation: "createTransfer",
		Amounts: []money.Money{money.New(60000, "USD")}, Why: "600.00 USD is an amount that a person approves"})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := json.Marshal(message)
	fmt.Println(string(text), err)
	// Output: {"text":"ap-agent asks for createTransfer of [600.00 USD]: 600.00 USD is an amount that a person approves. Decide with: brex agents approvals approve r-7f3k9q"} <nil>
}
