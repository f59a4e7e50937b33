package cli

import (
	"encoding/json"
	"strings"

	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// planColumns show what would be sent.
var planColumns = []output.Column[*row]{
	output.Text("row", func(r *row) string { return r.label }),
	output.Long(output.Text("request", func(r *row) string { return r.p.Method + " " + r.p.Path })),
	output.Long(output.Text("body", func(r *row) string {
		if r.p.Body == nil {
			return ""
		}
		return redacted(r.p.Body)
	})),
}

// plan is a request that would be sent, as JSON.
type plan struct {
	Row    string          `json:"row"`
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body"`
}

func plansOf(rows []*row) []json.RawMessage {
	return rawOf(rows, func(r *row) any { return plan{r.label, r.p.Method, r.p.Path, r.p.Body} })
}

// outcomeColumns show what became of each row.
var outcomeColumns = []output.Column[*row]{
	output.Text("row", func(r *row) string { return r.label }),
	output.ID("id", func(r *row) string { return r.id() }),
	output.Text("result", func(r *row) string { return r.result() }),
	output.Long(output.Text("error", func(r *row) string { return r.failure() })),
}

// outcome is what became of a row, as JSON.
type outcome struct {
	Row      string          `json:"row"`
	Result   string          `json:"result"`
	Error    string          `json:"error,omitempty"`
	Key      string          `json:"idempotency_key,omitempty"`
	Response json.RawMessage `json:"response,omitempty"`
}

func outcomesOf(rows []*row) []json.RawMessage {
	return rawOf(rows, func(r *row) any { return outcome{r.label, r.result(), r.failure(), r.p.Key, r.raw} })
}

// rawOf is JSON of each row. What is encoded came as JSON, or is made of strings.
func rawOf(rows []*row, f func(*row) any) []json.RawMessage {
	all := make([]json.RawMessage, len(rows))
	for i, r := range rows {
		all[i], _ = json.Marshal(f(r))
	}
	return all
}

// result is ok, failed, or unknown where the request may have taken effect.
func (r *row) result() string {
	switch {
	case r.err == nil:
		return "ok"
	case mayHaveHappened(r.err):
		return "unknown"
	}
	return "failed"
}

func (r *row) failure() string {
	if r.err == nil {
		return ""
	}
	return strings.TrimPrefix(r.err.Error(), "brex: ")
}

// id is that of the object in the response, or else of the one in the path.
func (r *row) id() string {
	if rows, err := objectsOf([]json.RawMessage{r.raw}); err == nil && rows[0].id() != "" {
		return rows[0].id()
	}
	return pathID(r.p)
}
