package wire

import (
	"errors"
	"strings"
)

// WithoutLocation replaces the error of net/http for a Location header that is not an address by
// one that does not repeat the header: it can hold a token, a number or a signature. It returns any
// other error as it is.
func WithoutLocation(err error) error {
	if err != nil && strings.Contains(err.Error(), "failed to parse Location header") {
		return errors.New("a redirect to an invalid address")
	}
	return err
}
