package wire

import "bytes"

// JSON is a value of any kind, kept as the text it came in: numbers stay exact, and nothing is lost. null becomes the empty
// JSON, which is sent as null. Decode it with json.Unmarshal.
type JSON []byte

// UnmarshalJSON keeps the text.
func (j *JSON) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*j = nil
		return nil
	}
	*j = bytes.Clone(b)
	return nil
}

// MarshalJSON gives the text back.
func (j JSON) MarshalJSON() ([]byte, error) {
	if len(j) == 0 {
		return []byte("null"), nil
	}
	return j, nil
}

// String is the text.
func (j JSON) String() string { return string(j) }
