package mirror

// Trusting marks rows that a list did not show without asking for them: the mutant that the tests must catch.
func Trusting() Option {
	return func(m *Mirror) error { m.trusting = true; return nil }
}

// Batch sets how many rows a commit has.
func BatchOf(n int) Option {
	return func(m *Mirror) error { m.batch = n; return nil }
}
