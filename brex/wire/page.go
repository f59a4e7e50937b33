package wire

import "log/slog"

// Page is one page of a list: Items, NextCursor (empty on the last page) and, for accounting
// records, TotalCount. Services return it from List and iterate over pages with Pages.
type Page[T any] struct {
	// Items are the objects of the page. An empty page is not the end of a list: NextCursor says
	// whether there is more.
	Items []T `json:"items"`
	// NextCursor is the opaque position of the next page, empty on the last one. It is valid only
	// with the same filters and limit.
	NextCursor string `json:"next_cursor,omitempty"`
	// TotalCount is the number of objects in the whole list, 0 if the API does not report it: only
	// the list of accounting records does.
	TotalCount Integer `json:"total_count,omitempty"`
}

// LogValue shows the page without what is secret in it.
func (p Page[T]) LogValue() slog.Value { return LogValue(p) }

// pageTarget decodes a page into a slice of the right size.
type pageTarget[T any] struct {
	page  Page[T]
	limit int
	id    string // member that names an item
}

// smallestItem is a lower bound of the size of an item in JSON, in bytes; a page of n bytes has at
// most n of it.
const smallestItem = 200

// Into implements Target.
func (t *pageTarget[T]) Into(size int) any {
	t.page.Items = make([]T, 0, min(t.limit, size/smallestItem+1))
	return &t.page
}

// Missing implements Target: a page without items is not an empty page but some other response that
// happens to be an object.
func (t *pageTarget[T]) Missing(body []byte) string {
	if len(t.page.Items) > 0 {
		return Lacking(&t.page.Items, t.id)
	}
	if items, ok := members(body)["items"]; !ok || string(items) == "null" {
		return "items"
	}
	return ""
}

// Page implements Target.
func (t *pageTarget[T]) Page() (items int, more bool) {
	return len(t.page.Items), t.page.NextCursor != ""
}
