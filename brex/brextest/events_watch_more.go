package brextest

import (
	"cmp"
	"slices"
	"time"
)

func (s *state) referralChanged(before, after object) {
	o := object{}.with("referral_id", orNull(after.get("id")))
	event := func(kind string) object { return append(object{}.set("event_type", kind), o...) }
	if before == nil {
		s.emit(eventReferralCreated, event(eventReferralCreated))
		return
	}
	if now := applicationOf(after); now != "" && now != applicationOf(before) {
		s.emit(eventReferralStatus, event(eventReferralStatus).set("application", object{}.set("cash", now)))
	}
	if changedTo(before, after, "status", "ACTIVE") {
		s.emit(eventReferralActivated, event(eventReferralActivated))
	}
}

// applicationOf is the state of a referral's application for the cash account.
func applicationOf(referral object) string {
	for _, raw := range referral.list("products") {
		if status := mustObject(raw).obj("cash").obj("application").str("status"); status != "" {
			return status
		}
	}
	return ""
}

func (s *state) recordChanged(before, after object) {
	if changedTo(before, after, "review_status", "READY_FOR_EXPORT") {
		s.emit(eventRecordReady, s.recordEvent([]string{after.str("id")}))
	}
}

func (s *state) recordEvent(ids []string) object {
	return object{}.
		set("event_type", eventRecordReady).
		set("accountingRecordIds", ids).
		set("companyId", s.companyID())
}

// readyRecord is an accounting record that will be ready by itself: most of
// them change with the days, without anybody writing to them.
type readyRecord struct {
	at  int64 // milliseconds
	row int
}

// findReadyRecords looks for the records whose time is still to come after an
// instant.
func (s *state) findReadyRecords(after time.Time) {
	now := after.UnixMilli()
	s.ready = nil
	for row := range s.records.keys {
		k := &s.records.keys[row]
		if at := k.posted + readyAfter; k.changed == 0 && k.status != exportedRecord && at > now {
			s.ready = append(s.ready, readyRecord{at, row})
		}
	}
	slices.SortFunc(s.ready, func(a, b readyRecord) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.row, b.row)) })
}

// expectReady takes up a record that was made just now.
func (s *state) expectReady(row int) {
	r := readyRecord{s.records.keys[row].posted + readyAfter, row}
	i, _ := slices.BinarySearchFunc(s.ready, r, func(a, b readyRecord) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.row, b.row)) })
	s.ready = slices.Insert(s.ready, i, r)
}

// nextReady says when the next records are ready, 0 for never.
func (s *state) nextReady() int64 {
	if len(s.ready) == 0 {
		return 0
	}
	return s.ready[0].at
}

// tellReadyRecords makes one event for the records that are ready at the same
// time.
func (s *state) tellReadyRecords(now time.Time) {
	for len(s.ready) > 0 && s.ready[0].at <= now.UnixMilli() {
		at := s.ready[0].at
		var ids []string
		for len(s.ready) > 0 && s.ready[0].at == at {
			if row := s.ready[0].row; s.records.keys[row].changed == 0 && !s.records.gone[row] {
				ids = append(ids, s.records.id(row))
			}
			s.ready = s.ready[1:]
		}
		if len(ids) > 0 {
			s.emit(eventRecordReady, s.recordEvent(ids))
		}
	}
}
