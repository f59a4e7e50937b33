//go:build !unix

package profile

// sessionBus returns the address of the session bus, which this system does not have.
func sessionBus() string { return "" }
