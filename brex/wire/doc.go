// Package wire holds what the generated packages and package brex share: operations and how they are called, pages,
// dates, and the fields and unions that plain Go types cannot express. It imports nothing but the standard library.
// Package brex names everything a caller needs of it.
package wire
