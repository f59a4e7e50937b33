package prep

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzPrepare looks for documents that make a rule panic: whatever comes in, a document or an error comes out, and a
// document can be printed.
func FuzzPrepare(f *testing.F) {
	for _, seed := range malformed {
		f.Add([]byte(seed.doc), []byte(nil))
	}
	f.Add([]byte(document(cardPaths, cardSchemas)), []byte(overlayOf(`
  - target: $.components.schemas.Card
    update: {x-go-name: Kard}`)))
	small, err := os.ReadFile(filepath.Join("..", "..", "..", "openapi", "transactions.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small, []byte(nil))
	f.Fuzz(func(t *testing.T, text, overlay []byte) {
		if doc, err := Normalise("fuzz", text); (doc == nil) == (err == nil) {
			t.Fatalf("document %v and error %v", doc, err)
		}
		doc, err := Prepare("fuzz", text, overlay)
		if (doc == nil) == (err == nil) {
			t.Fatalf("document %v and error %v", doc, err)
		}
		if err != nil {
			return
		}
		if _, err := doc.JSON(); err != nil {
			t.Skip(err) // numbers that JSON has not, such as .nan
		}
		if _, err := doc.Plain(); err != nil {
			t.Error(err)
		}
	})
}
