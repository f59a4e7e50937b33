package cli

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/brextest"
)

// sandboxFlags are the flags of the command sandbox.
type sandboxFlags struct {
	port      portValue
	seed      seedValue
	data      string
	expenses  amountOfRows
	snapshot  string
	log       bool
	chaos     seedValue
	chaosRate rateValue
	redirects redirectValue
	retention retentionValue
	choices   []*choiceValue
}

// sandboxCommand serves a sandbox until it is interrupted.
func (a *App) sandboxCommand() *cobra.Command {
	f := sandboxFlags{port: portValue{sandboxPort}, chaosRate: 0.1, retention: retentionValue{24 * time.Hour}}
	cmd := &cobra.Command{
		Use:     "sandbox",
		Short:   "Serve a Brex in memory for other programs",
		Long:    sandboxLong,
		Example: sandboxExample,
		Args:    subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.serveSandbox(cmd.Context(), &f) },
	}
	fl := cmd.Flags()
	fl.Var(&f.port, "port", "port to listen on, 0 for any that is free")
	fl.Var(&f.seed, "seed", "number of the made-up company, 1 unless given")
	fl.StringVar(&f.data, "data", "", "fill the company from the JSON files in this `directory` instead")
	fl.Var(&f.expenses, "expenses", "how many expenses to make, 1500 unless given")
	fl.StringVar(&f.snapshot, "snapshot", "", "continue from this `file` when it exists, and save everything there at the end")
	fl.BoolVar(&f.log, "log", false, "print each request to standard error")
	fl.Var(&f.chaos, "chaos", "make calls fail and webhooks arrive late, twice or out of order, mixed by this number")
	fl.Var(&f.chaosRate, "chaos-rate", "share of the calls and webhooks that --chaos strikes")
	fl.Var(&f.redirects, "redirect-uri", "another address that the OAuth clients may lead back to; may be repeated")
	fl.Var(&f.retention, "key-retention", "how long an idempotency key is remembered, 0 for ever")
	f.behaviour(cmd)
	_ = cmd.MarkFlagDirname("data") // fails on an unknown flag only
	_ = cmd.MarkFlagFilename("snapshot", "json")
	cmd.AddCommand(a.sandboxVerbs()...)
	return cmd
}

// behaviour adds the switches for what Brex does not document, or what a program has to be tried with.
func (f *sandboxFlags) behaviour(cmd *cobra.Command) {
	f.choice(cmd, "limits", "whether Brex's limits apply", []string{"on", "off"}, func(i int) brextest.Option {
		if i == 1 {
			return nil
		}
		return brextest.WithLimits(brextest.Limits{})
	})
	f.choice(cmd, "retry-after", "how a 429 says when to come back", []string{"seconds", "date", "none"}, func(i int) brextest.Option {
		return brextest.WithRetryHint(brextest.RetryHint(i))
	})
	f.choice(cmd, "list-mode", "how lists page", []string{"normal", "empty-page", "repeated-cursor", "arrivals", "no-last-cursor"}, func(i int) brextest.Option {
		return brextest.WithListMode(brextest.ListMode(i))
	})
	f.choice(cmd, "order", "what lists start with", []string{"newest", "oldest"}, func(i int) brextest.Option {
		return when(i == 1, brextest.WithOldestFirst)
	})
	f.choice(cmd, "zones", "whether the times of filters may have a zone", []string{"lax", "strict"}, func(i int) brextest.Option {
		return brextest.WithStrictZone(i == 1)
	})
	f.choice(cmd, "query", "what query parameters get that an operation does not have", []string{"ignored", "400"}, func(i int) brextest.Option {
		return when(i == 1, brextest.WithStrictQuery)
	})
	f.choice(cmd, "key-reuse", "what an idempotency key gets with another body", []string{"conflict", "replay"}, func(i int) brextest.Option {
		return brextest.WithKeyReuse(brextest.KeyReuse(i))
	})
	f.choice(cmd, "keys", "which operations know idempotency keys", []string{"declared", "everywhere"}, func(i int) brextest.Option {
		return when(i == 1, brextest.WithKeysEverywhere)
	})
	f.choice(cmd, "bad-token", "what a bad token gets", []string{"401", "403"}, func(i int) brextest.Option {
		return brextest.WithBadTokenStatus([]int{http.StatusUnauthorized, http.StatusForbidden}[i])
	})
	f.choice(cmd, "business-account", "whether the company has one (cash accounts and vendors respond with 401 without)", []string{"on", "off"}, func(i int) brextest.Option {
		return when(i == 1, brextest.WithoutBusinessAccount)
	})
	f.choice(cmd, "consent", "what the customer says to an OAuth application", []string{"approve", "page", "deny"}, func(i int) brextest.Option {
		return brextest.WithOAuthConsent(brextest.OAuthConsent{Page: i == 1, Deny: i == 2})
	})
}

func when(on bool, option func() brextest.Option) brextest.Option {
	if on {
		return option()
	}
	return nil
}

// choiceValue is one of several words, the first unless given. Each stands for an option, or for none.
type choiceValue struct {
	words  []string
	at     int
	option func(int) brextest.Option
}

func (f *sandboxFlags) choice(cmd *cobra.Command, name, usage string, words []string, option func(int) brextest.Option) {
	v := &choiceValue{words: words, option: option}
	f.choices = append(f.choices, v)
	last := len(words) - 1
	cmd.Flags().Var(v, name, usage+": "+strings.Join(words[:last], ", ")+" or "+words[last])
	complete(cmd, name, words)
}

func (v *choiceValue) String() string {
	if len(v.words) == 0 {
		return "" // pflag asks the zero value too
	}
	return v.words[v.at]
}
func (v *choiceValue) Type() string { return "word" }
func (v *choiceValue) Set(s string) error {
	i := slices.Index(v.words, s)
	if i < 0 {
		return badValue("is one of " + strings.Join(v.words, ", "))
	}
	v.at = i
	return nil
}

// amountOfRows is how many there are.
type amountOfRows struct {
	n   int
	set bool
}

func (v *amountOfRows) String() string { return "" }
func (v *amountOfRows) Type() string   { return "n" }
func (v *amountOfRows) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 5_000_000 {
		return badValue("must be a whole number, 0 to 5000000")
	}
	v.n, v.set = n, true
	return nil
}

// rateValue is a share.
type rateValue float64

func (v *rateValue) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) }
func (v *rateValue) Type() string   { return "share" }
func (v *rateValue) Set(s string) error {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		return badValue("must be between 0 and 1, such as 0.1")
	}
	*v = rateValue(f)
	return nil
}

// retentionValue is a time, 0 for ever.
type retentionValue struct{ d time.Duration }

func (v *retentionValue) String() string { return v.d.String() }
func (v *retentionValue) Type() string   { return "duration" }
func (v *retentionValue) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return badValue("must be a time with its unit, such as 24h or 90s, or 0 for ever")
	}
	v.d = d
	return nil
}

// redirectValue are addresses that an OAuth client may lead back to.
type redirectValue []string

func (v *redirectValue) String() string { return "" }
func (v *redirectValue) Type() string   { return "address" }
func (v *redirectValue) Set(s string) error {
	if u, err := url.Parse(s); err != nil || u.Scheme == "" || u.Host == "" || u.Fragment != "" {
		return badValue("must be a whole address without a fragment, such as http://localhost:3000/brex/callback")
	}
	*v = append(*v, s)
	return nil
}

// redirectURIs are all addresses that the clients may lead back to.
func (f *sandboxFlags) redirectURIs() []string { return slices.Concat(sandboxRedirects, f.redirects) }
