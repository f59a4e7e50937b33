//go:build !race

package brextest_test

const raceEnabled = false
