package brextest

import "fmt"

// ListMode is how lists page. The modes other than ListNormal are legal for an
// opaque cursor, or at least have been met; a client must survive them.
type ListMode int

// The list modes.
const (
	ListNormal         ListMode = iota
	ListEmptyPage               // the second page is empty and has a next_cursor; the rows follow
	ListRepeatedCursor          // from the second page on, next_cursor is the cursor that was sent: a loop
	ListArrivals                // before every further page a row arrives at the top: the last row of a page comes again as the first of the next
	ListNoLastCursor            // the last page has no next_cursor, instead of a null one
)

// WithListMode chooses how lists page.
func WithListMode(mode ListMode) Option {
	return func(c *config) error {
		if mode < ListNormal || mode > ListNoLastCursor {
			return fmt.Errorf("WithListMode: %d is not a list mode", mode)
		}
		c.lists = mode
		return nil
	}
}

// WithOldestFirst makes every list start with the oldest row. Which order
// Brex's lists have is open; its samples show the newest first.
func WithOldestFirst() Option {
	return func(c *config) error { c.oldestFirst = true; return nil }
}
