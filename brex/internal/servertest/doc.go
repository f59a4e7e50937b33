//go:build !(databases && linux)

package servertest
