// Package gen is written by go generate; only this file is not.
package gen

//go:generate go run ../scripts/generate -root ..
