package payout

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/brex-go/sdk/brex"
)

// Event is what a record of a journal reports.
type Event string

// The events of a run.
const (
	EventApproved Event = "APPROVED" // somebody approved the plan; see Approval
	EventStarted  Event = "STARTED"  // an execution or a reconciliation began
	EventRow      Event = "ROW"      // a payment has another state
	EventStopped  Event = "STOPPED"  // an execution ended early, Reason says why; it can be repeated
	EventHalted   Event = "HALTED"   // nothing may be sent in this run any more, Reason says why
)

// Record is one entry of a journal. It holds no secret.
type Record struct {
	At       time.Time           `json:"at"`
	Run      string              `json:"run"` // id of the plan
	Event    Event               `json:"event"`
	Row      int                 `json:"row,omitempty"` // from 1
	State    State               `json:"state,omitempty"`
	Attempt  int                 `json:"attempt,omitempty"`
	Transfer string              `json:"transfer,omitempty"` // id at Brex
	Status   brex.TransferStatus `json:"status,omitempty"`   // as Brex returned it
	Done     bool                `json:"done,omitempty"`     // Brex reported success in a response that could not be used
	Scans    int                 `json:"scans,omitempty"`    // how often the list was read
	Listed   int                 `json:"listed,omitempty"`   // how many transfers it had
	Code     string              `json:"code,omitempty"`     // of Brex's error, or a cancellation reason
	Reason   string              `json:"reason,omitempty"`
	Approval *Approval           `json:"approval,omitempty"`
}

// ErrJournal is a journal that cannot be trusted or written. Nothing is sent on it.
var ErrJournal = errors.New("payout: the journal cannot be used")

// A line of a journal is the CRC-32C of the rest in 8 hex digits, a space, and a JSON object
// without spaces: the number of the line, the SHA-256 of the line before, and the record.
type line struct {
	N      int    `json:"n"`
	Prev   string `json:"prev"`
	Record Record `json:"record"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chain is what the next line of a journal must follow.
type chain struct {
	n    int
	prev string
}

// encode is the next line, with its line break.
func (c chain) encode(rec Record) ([]byte, chain, error) {
	body, err := json.Marshal(line{c.n + 1, c.prev, rec})
	if err != nil {
		return nil, c, err
	}
	text := fmt.Appendf(nil, "%08x %s", crc32.Checksum(body, castagnoli), body)
	return append(text, '\n'), c.after(text), nil
}

func (c chain) after(text []byte) chain {
	sum := sha256.Sum256(text)
	return chain{c.n + 1, hex.EncodeToString(sum[:])}
}

// errTorn is a line that was not written to its end.
var errTorn = errors.New("the line is damaged")

// decode reads the next line, without its line break. A line with a right checksum that does not
// follow is never torn.
func (c chain) decode(text []byte) (Record, chain, error) {
	if len(text) < 10 || text[8] != ' ' || fmt.Sprintf("%08x",
		crc32.Checksum(text[9:], castagnoli)) != string(text[:8]) {
		return Record{}, c, errTorn
	}
	var l line
	dec := json.NewDecoder(bytes.NewReader(text[9:]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return Record{}, c, fmt.Errorf("it is not a record of this version: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Record{}, c, errors.New("something follows the record")
	}
	if l.N != c.n+1 || l.Prev != c.prev {
		return Record{}, c, fmt.Errorf("it is number %d and does not follow line %d: "+
			"lines were removed, added or changed", l.N, c.n)
	}
	return l.Record, c.after(text), nil
}

// lineStart begins the JSON of a line, and is nowhere else in it: quotes in text are escaped.
const lineStart = `{"n":`

// decodeJournal reads a journal. The end of the last whole line is where the next one begins: a
// last line that was cut off is left out, since what it would have noted had not begun. Damage
// anywhere else is an error.
func decodeJournal(data []byte) (records []Record, c chain, end int, err error) {
	for end < len(data) {
		rest := data[end:]
		length := bytes.IndexByte(rest, '\n')
		torn := length < 0 || end+length+1 == len(data)
		if length < 0 {
			length = len(rest)
		}
		rec, next, err := c.decode(rest[:length])
		if err == nil && end+length == len(data) {
			err = errTorn // its line break is missing
		}
		switch {
		case errors.Is(err, errTorn) && torn && bytes.Count(rest, []byte(lineStart)) < 2:
			return records, c, end, nil
		case err != nil:
			return nil, c, 0, fmt.Errorf("%w: line %d: %w", ErrJournal, c.n+1, err)
		}
		records, c = append(records, rec), next
		end += length + 1
	}
	return records, c, end, nil
}
