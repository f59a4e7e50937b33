package brextest

import "time"

// recurrence is how often a limit starts again, whatever each API calls it.
type recurrence uint8

const (
	once recurrence = iota
	weekly
	monthly
	quarterly
	yearly
)

var recurrences = map[string]recurrence{
	"ONE_TIME": once,
	"PER_WEEK": weekly, "PER_MONTH": monthly, "PER_QUARTER": quarterly, "PER_YEAR": yearly, // spend limits
	"WEEKLY": weekly, "MONTHLY": monthly, "QUARTERLY": quarterly, "YEARLY": yearly, // v1 budgets and cards
}

// v1Period and v2Period translate between the two.
var (
	v1Period = map[string]string{"PER_WEEK": "WEEKLY", "PER_MONTH": "MONTHLY", "PER_QUARTER": "QUARTERLY", "PER_YEAR": "YEARLY", "ONE_TIME": "ONE_TIME"}
	v2Period = inverse(v1Period)
)

func inverse(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[v] = k
	}
	return out
}

// at returns the period that an instant lies in: calendar weeks from Monday,
// months, quarters and years in UTC. What happens once has no bounds.
func (r recurrence) at(now time.Time) period {
	now = now.UTC()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	switch r {
	case weekly:
		start := midnight.AddDate(0, 0, -(int(midnight.Weekday())+6)%7)
		return period{start, start.AddDate(0, 0, 7)}
	case monthly:
		start := midnight.AddDate(0, 0, 1-midnight.Day())
		return period{start, start.AddDate(0, 1, 0)}
	case quarterly:
		start := time.Date(now.Year(), (now.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
		return period{start, start.AddDate(0, 3, 0)}
	case yearly:
		start := time.Date(now.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		return period{start, start.AddDate(1, 0, 0)}
	}
	return period{}
}

// within narrows a period to the days that a limit is valid for, "" for no
// bound.
func (p period) within(startDate, endDate string) period {
	if t, ok := parseDay(startDate); ok && t.After(p.start) {
		p.start = t
	}
	if t, ok := parseDay(endDate); ok && (p.end.IsZero() || t.Add(day).Before(p.end)) {
		p.end = t.Add(day)
	}
	return p
}
