//go:build race

package brextest_test

const raceEnabled = true
