package cli

import (
	"bytes"
	"encoding/json"
	"html/template"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// reportFormat is the value of --output of a report, which can also be a page.
type reportFormat string

var reportFormats = append(output.Formats(), "html")

func (f *reportFormat) String() string { return string(*f) }
func (f *reportFormat) Type() string   { return "format" }
func (f *reportFormat) Set(s string) error {
	if !slices.Contains(reportFormats, s) {
		return badValue("is one of " + strings.Join(reportFormats, ", "))
	}
	*f = reportFormat(s)
	return nil
}

func (p *payouts) reportCommand() *cobra.Command {
	format := reportFormat(output.Table)
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Write every payment of a run with its state, as table, CSV, JSON or an HTML page",
		Example: `  brex payouts report 3f2a9c --dir payouts -o csv > report.csv
  brex payouts report 3f2a9c --dir payouts -o html > report.html`,
		Args: oneRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, journal, err := p.load(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			r, err := payout.ReadReport(cmd.Context(), plan, journal)
			if err != nil {
				return err
			}
			return p.write(r, format)
		},
	}
	cmd.Flags().VarP(&format, "output", "o", "table, json, jsonl, csv or html")
	complete(cmd, "output", reportFormats)
	return cmd
}

func (p *payouts) write(r *payout.Report, format reportFormat) error {
	var b bytes.Buffer
	switch format {
	case "html":
		if err := reportPage.Execute(&b, r); err != nil {
			return err
		}
	case reportFormat(output.JSON):
		enc := json.NewEncoder(&b)
		enc.SetIndent("", "  ")
		if err := enc.Encode(r); err != nil {
			return err
		}
	default:
		p.a.flags.output = output.Format(format)
		return printValues(p.a, lineColumns, r.Lines)
	}
	_, err := stdout{p.a.Stdout}.Write(b.Bytes())
	return err
}

var lineColumns = append([]output.Column[payout.Line]{
	output.Text("reference", func(l payout.Line) string { return l.Reference }),
	output.Text("vendor", func(l payout.Line) string { return l.Vendor.Name }),
	output.Amount("amount", func(l payout.Line) *brex.Money { return &l.Amount }),
	output.Text("state", func(l payout.Line) string { return string(l.State) }),
	output.Text("status", func(l payout.Line) string { return string(l.Status) }),
	output.Text("code", func(l payout.Line) string { return l.Code }),
	output.ID("transfer_id", func(l payout.Line) string { return l.Transfer }),
}, output.Wide(
	output.ID("memo", func(l payout.Line) string { return l.Memo }),
	output.ID("vendor_id", func(l payout.Line) string { return l.Vendor.ID }),
	output.ID("payment_instrument_id", func(l payout.Line) string { return l.Instrument }),
	output.Text("payment_type", func(l payout.Line) string { return string(l.Type) }),
	output.Text("approval", func(l payout.Line) string { return manualText(l.Manual) }),
	output.ID("idempotency_key", func(l payout.Line) string { return l.Key }),
	output.Text("reason", func(l payout.Line) string { return l.Reason }),
)...)

// reportPage needs nothing but itself: no script, no other file.
var reportPage = template.Must(template.New("report").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Payout run {{printf "%.12s" .ID}}</title>
<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{padding:.3em .8em;border-bottom:1px solid #ccc;text-align:left}
.n{text-align:right;font-variant-numeric:tabular-nums}.UNKNOWN,.SENDING,.ABSENT,.FAILED,.REFUSED{background:#fde8e8}.PROCESSED{background:#e8f7ea}</style></head><body>
<h1>Payout run {{printf "%.12s" .ID}}</h1>
<p>{{.Company.Name}} ({{.Company.ID}}), from {{.Account.Name}} ({{.Account.ID}}), planned {{.Created.Format "2006-01-02 15:04"}} UTC{{if .RetryOf}}, retry of {{.RetryOf}}{{end}}</p>
{{if .Halted}}<p><strong>Halted: {{.Halted}}</strong></p>{{end}}{{if .Stopped}}<p><strong>Ended early: {{.Stopped}}</strong></p>{{end}}
<p>Commands that noted an approval (a record of who ran them, no control):{{range .Approvals}} {{.Name}};{{else}} none{{end}}</p>
<table><tr><th>Planned</th><th>Unsent</th><th>Refused</th><th>Unknown</th><th>Pending</th><th>Processed</th><th>Failed</th></tr>
{{range .Sums}}<tr><td class="n">{{.Planned}}</td><td class="n">{{.Unsent}}</td><td class="n">{{.Refused}}</td><td class="n">{{.Unknown}}</td><td class="n">{{.Pending}}</td><td class="n">{{.Processed}}</td><td class="n">{{.Failed}}</td></tr>
{{end}}</table>
<table><tr><th>Row</th><th>Reference</th><th>Vendor</th><th>Amount</th><th>State</th><th>Status</th><th>Transfer</th><th>Memo</th><th>Reason</th></tr>
{{range .Lines}}<tr class="{{.State}}"><td class="n">{{.Row}}</td><td>{{.Reference}}</td><td>{{.Vendor.Name}}</td><td class="n">{{.Amount}}</td><td>{{.State}}</td><td>{{.Status}}</td><td>{{.Transfer}}</td><td>{{.Memo}}</td><td>{{.Code}} {{.Reason}}</td></tr>
{{end}}</table></body></html>
`))
