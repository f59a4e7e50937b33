package wire

import "bytes"

// JSON is a value of any kind, kept as the JSON that was received, so that numbers stay exact and
// nothing is lost. null becomes the empty JSON, which is sent as null. Decode it with
// json.Unmarshal.
type JSON []byte

// UnmarshalJSON keeps a copy of b.
func (j *JSON) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*j = nil
		return nil
	}
	*j = bytes.Clone(b)
	return nil
}

// MarshalJSON returns the JSON as received.
func (j JSON) MarshalJSON() ([]byte, error) {
	if len(j) == 0 {
		return []byte("null"), nil
	}
	return j, nil
}

// String returns the JSON.
func (j JSON) String() string { return string(j) }
