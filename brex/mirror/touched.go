package mirror

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/brex-go/sdk/brex"
)

// touched reads first the rows that Touch was told of. A row that is not there is left to the next whole reading.
func (j *job) touched(ctx context.Context) error {
	if j.table.Get == nil || len(j.table.Key) != 1 {
		return nil
	}
	keys, err := j.sink.Notes(ctx, j.company, j.table.Name)
	if err != nil {
		return err
	}
	for _, key := range keys {
		row, err := j.get(ctx, []string{key})
		switch {
		case err != nil && !errors.Is(err, brex.ErrNotFound):
			return err
		case row != nil && !j.old(row):
			j.add(*row)
		}
		j.settled = append(j.settled, key)
	}
	if len(keys) == 0 {
		return nil
	}
	return j.flush(ctx, j.state)
}

// Touch notes that a row changed, for the next run to read it first. It is for handlers of webhooks, and for whoever has just changed
// something; the row must be one that Brex can be asked for by its id. It makes no request.
func (m *Mirror) Touch(ctx context.Context, company, stream, id string) error {
	t, err := find(stream)
	switch {
	case err != nil:
		return err
	case t.Get == nil || len(t.Key) != 1:
		return errors.New("mirror: Touch: the rows of " + stream + " cannot be read by one id")
	case company == "" || id == "":
		return errors.New("mirror: Touch: the company or the id is empty")
	}
	return m.sink.Note(ctx, company, stream, id)
}

// objects are the members of an event that name a row, and the streams of the rows.
var objects = []struct{ member, stream string }{
	{"expense_id", "expenses"}, {"transfer_id", "transfers"}, {"user_id", "users"}, {"referral_id", "referrals"}, {"accounting_record_id", "accounting_records"},
}

// TouchEvent is Touch for the row that a webhook's event names: call it from the handler of verified events, with the body of the
// delivery. It reports whether the event names a row that can be read by its id; others are left to the next run, and are no error.
// Where an event says no company, it is the one in the sink, if there is only one.
func (m *Mirror) TouchEvent(ctx context.Context, body []byte) (touched bool, err error) {
	var event map[string]json.RawMessage
	if err := json.Unmarshal(body, &event); err != nil || event == nil {
		return false, errors.New("mirror: TouchEvent: the event is not a JSON object")
	}
	member := func(name string) (s string) {
		_ = json.Unmarshal(event[name], &s) // what is not a string names nothing
		return s
	}
	company := member("company_id")
	if company == "" {
		if company, err = m.onlyCompany(ctx); err != nil || company == "" {
			return false, err
		}
	}
	for _, o := range objects {
		if id := member(o.member); id != "" {
			return true, m.Touch(ctx, company, o.stream, id)
		}
	}
	return false, nil
}

// onlyCompany is the company whose streams are in the sink, empty for none and for several.
func (m *Mirror) onlyCompany(ctx context.Context) (string, error) {
	states, err := m.sink.States(ctx)
	company := ""
	for _, s := range states {
		if company != "" && s.Company != company {
			return "", err
		}
		company = s.Company
	}
	return company, err
}
