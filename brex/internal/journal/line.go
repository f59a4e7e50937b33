// Package journal keeps records in an append-only file that survives a crash: one line a record,
// with a checksum and the hash of the line before it.
package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A line of a journal is the CRC-32C of the rest in 8 hex digits, a space, and a JSON object
// without spaces: the number of the line, the SHA-256 of the line before, and the record.
type line[T any] struct {
	N      int    `json:"n"`
	Prev   string `json:"prev"`
	Record T      `json:"record"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Chain is what the next line of a journal must follow. The zero Chain is followed by the first.
type Chain struct {
	n    int
	prev string
}

// Encode is the line of a record that follows the chain, with its line break, and the chain after
// it.
func Encode[T any](c Chain, rec T) ([]byte, Chain, error) {
	body, err := json.Marshal(line[T]{c.n + 1, c.prev, rec})
	if err != nil {
		return nil, c, err
	}
	text := fmt.Appendf(nil, "%08x %s", crc32.Checksum(body, castagnoli), body)
	return append(text, '\n'), c.after(text), nil
}

func (c Chain) after(text []byte) Chain {
	sum := sha256.Sum256(text)
	return Chain{c.n + 1, hex.EncodeToString(sum[:])}
}

// errTorn is a line that was not written to its end.
var errTorn = errors.New("the line is damaged")

// decodeLine reads the next line, without its line break. A line with a right checksum that does
// not follow is never torn.
func decodeLine[T any](c Chain, text []byte) (rec T, next Chain, err error) {
	if len(text) < 10 || text[8] != ' ' || fmt.Sprintf("%08x",
		crc32.Checksum(text[9:], castagnoli)) != string(text[:8]) {
		return rec, c, errTorn
	}
	var l line[T]
	dec := json.NewDecoder(bytes.NewReader(text[9:]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return rec, c, fmt.Errorf("it is not a record of this version: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return rec, c, errors.New("something follows the record")
	}
	if l.N != c.n+1 || l.Prev != c.prev {
		return rec, c, fmt.Errorf("it is number %d and does not follow line %d: "+
			"lines were removed, added or changed", l.N, c.n)
	}
	return l.Record, c.after(text), nil
}

// lineStart begins the JSON of a line, and is nowhere else in it: quotes in text are escaped.
const lineStart = `{"n":`

// Decode reads the lines that follow the chain. The end of the last whole line is where the next
// one begins: a last line that was cut off is left out, since what it would have noted had not
// begun. Damage anywhere else is an error.
func Decode[T any](c Chain, data []byte) (records []T, last Chain, end int, err error) {
	for end < len(data) {
		rest := data[end:]
		length := bytes.IndexByte(rest, '\n')
		torn := length < 0 || end+length+1 == len(data)
		if length < 0 {
			length = len(rest)
		}
		rec, next, err := decodeLine[T](c, rest[:length])
		if err == nil && end+length == len(data) {
			err = errTorn // its line break is missing
		}
		switch {
		case errors.Is(err, errTorn) && torn && bytes.Count(rest, []byte(lineStart)) < 2:
			return records, c, end, nil
		case err != nil:
			return nil, Chain{}, 0, fmt.Errorf("line %d: %w", c.n+1, err)
		}
		records, c = append(records, rec), next
		end += length + 1
	}
	return records, c, end, nil
}
