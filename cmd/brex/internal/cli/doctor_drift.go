package cli

import (
	"cmp"
	"slices"
	"sync"

	"github.com/brex-go/sdk/brex"
)

// driftFinder collects what doctor's reads had that the documents do not know.
type driftFinder struct {
	wanted bool

	mu    sync.Mutex
	found []brex.Drift
}

func (f *driftFinder) add(d brex.Drift) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found = append(f.found, d)
}

// checks are the findings as lines of doctor, by operation and path.
func (f *driftFinder) checks() []check {
	if !f.wanted {
		return nil
	}
	if len(f.found) == 0 {
		return []check{{Area: "drift", State: stateWorks, OK: true, Detail: "what was read is as documented"}}
	}
	slices.SortFunc(f.found, func(a, b brex.Drift) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
	})
	words := map[brex.DriftKind]string{brex.DriftMember: "is a member that the documents do not have",
		brex.DriftValue: "has a value that the documents do not list", brex.DriftType: "has a type, or null, that the documents do not allow"}
	var all []check
	for _, d := range f.found {
		all = append(all, check{Area: "drift", Operation: d.Operation, State: stateDrift, OK: true, Detail: d.Path + " " + words[d.Kind]})
	}
	return all
}
