// Package checks holds tests of the repository as a whole: that a stranger's module builds against the SDK and stays small,
// that every snippet in the README compiles, and that the README's commands exist.
package checks
