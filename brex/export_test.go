package brex

// DecodeJSON is the decoder of responses.
var DecodeJSON = decodeJSON
