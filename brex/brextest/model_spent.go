package brextest

import "sync"

// The columns of the expenses' index.
const (
	byUser = iota
	byParent
	byBudget
	byEntity
	byKind
	byStatus
	byPayment
	byCard
)

const (
	purchasedAt = iota
	updatedAt
	postedAt
)

func expenseIndex() *index[expenseKey] {
	x := &index[expenseKey]{
		words: []func(*expenseKey) uint32{
			func(k *expenseKey) uint32 { return k.user }, func(k *expenseKey) uint32 { return k.parent },
			func(k *expenseKey) uint32 { return k.budget }, func(k *expenseKey) uint32 { return k.entity },
			func(k *expenseKey) uint32 { return k.kind }, func(k *expenseKey) uint32 { return k.status },
			func(k *expenseKey) uint32 { return k.payment }, func(k *expenseKey) uint32 { return k.card },
		},
		times: []func(*expenseKey) int64{
			func(k *expenseKey) int64 { return k.purchased }, func(k *expenseKey) int64 { return k.updated },
			func(k *expenseKey) int64 { return k.posted },
		},
	}
	x.rebuild(nil)
	return x
}

// sums remembers what was added up, as long as no expense changes.
type sums struct {
	mu      sync.Mutex
	version uint64
	known   map[sumKey]int64
}

type sumKey struct {
	column   int
	word     uint32
	from, to int64
}

func (s *sums) get(version uint64, key sumKey) (sum int64, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version != version || s.known == nil || len(s.known) > 10_000 {
		s.version, s.known = version, map[sumKey]int64{}
	}
	sum, known = s.known[key]
	return sum, known
}

func (s *sums) put(version uint64, key sumKey, sum int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version == version && s.known != nil {
		s.known[key] = sum
	}
}

// spent adds up, in US cents, the expenses of a card, a budget or a user
// within a period. A split expense is its card's, and its parts are its
// budget's; what was declined or paid back is nobody's.
func (s *state) spent(column int, id string, p period) (sum int64) {
	word := s.words.numbers[id]
	if word == 0 {
		return 0
	}
	from, to := int64(0), int64(1<<62)
	if !p.start.IsZero() {
		from = p.start.UnixMilli()
	}
	if !p.end.IsZero() {
		to = p.end.UnixMilli()
	}
	t, split := s.expenses, s.words.numbers["SPLIT"]
	known := false
	if sum, known = s.sums.get(t.version, sumKey{column, word, from, to}); known {
		return sum
	}
	defer func() { s.sums.put(t.version, sumKey{column, word, from, to}, sum) }()
	for _, row := range t.index.with(column, word) {
		if b := t.index.bounds[purchasedAt][row/blockSize]; b.high < from || b.low >= to {
			continue
		}
		k := &t.keys[row]
		switch {
		case k.purchased < from || k.purchased >= to || t.gone[int(row)]:
		case column == byCard && k.card != word || column == byBudget && k.budget != word || column == byUser && k.user != word:
		case column == byBudget && k.status == split, column == byUser && k.card == 0:
		default:
			sum += k.cents
		}
	}
	return sum
}
