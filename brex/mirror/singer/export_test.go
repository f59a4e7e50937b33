package singer

// Every sets the number of records between two states.
func (t *Tap) Every(n int) { t.every = n }
