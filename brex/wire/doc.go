// Package wire has what the generated packages and package brex share: operations and how they are
// called, pages, dates, and the fields and unions that plain Go types cannot express. It imports
// only the standard library. Package brex has aliases for everything a caller needs of it.
package wire
