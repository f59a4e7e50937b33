// Package checks holds tests of the repository as a whole: that a stranger's module builds against
// the SDK and stays small, that every snippet in the README compiles, that its make targets exist,
// and that comments use plain words.
package checks
