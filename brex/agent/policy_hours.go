package agent

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// window is a part of the week: days from first to last, and of each the time from start to end.
type window struct {
	first, last time.Weekday
	start, end  time.Duration // since midnight, by the clock on the wall
}

var (
	windowForm = regexp.MustCompile(`^([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))? ([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})$`)
	weekdays   = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
)

// hours reads windows such as Mon-Fri 08:00-18:00.
func (r *reader) hours(n *yaml.Node, place string) (all []window) {
	values := r.list(n, place)
	if len(values) == 1 && values[0] == any_ {
		return nil
	}
	for _, text := range values {
		w, ok := parseWindow(text)
		if !ok {
			r.fail(n, place, "%q is not like Mon-Fri 08:00-18:00, with the end after the start; 24:00 is midnight", text)
			return nil
		}
		all = append(all, w)
	}
	return all
}

func parseWindow(text string) (w window, ok bool) {
	m := windowForm.FindStringSubmatch(text)
	if m == nil {
		return w, false
	}
	if m[2] == "" {
		m[2] = m[1]
	}
	first, last := slices.Index(weekdays, m[1]), slices.Index(weekdays, m[2])
	start, ok1 := timeOfDay(m[3])
	end, ok2 := timeOfDay(m[4])
	w = window{time.Weekday(first), time.Weekday(last), start, end}
	return w, first >= 0 && last >= 0 && ok1 && ok2 && start < end
}

func timeOfDay(text string) (time.Duration, bool) {
	if text == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", text)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil
}

func (w window) contains(t time.Time) bool {
	clock := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	days := (int(w.last) - int(w.first) + 7) % 7
	return (int(t.Weekday())-int(w.first)+7)%7 <= days && clock >= w.start && clock < w.end
}

func (w window) String() string {
	day := weekdays[w.first]
	if w.last != w.first {
		day += "-" + weekdays[w.last]
	}
	at := func(d time.Duration) string {
		if d == 24*time.Hour {
			return "24:00"
		}
		return time.Time{}.Add(d).Format("15:04")
	}
	return day + " " + at(w.start) + "-" + at(w.end)
}

func windowsText(all []window) string {
	var words []string
	for _, w := range all {
		words = append(words, w.String())
	}
	return strings.Join(words, ", ")
}
