package wire

import "strings"

// TokenProblem returns why a token cannot be a bearer token of RFC 6750, without showing any of it,
// or "". Such a token has only letters, digits and -._~+/, and = at its end. The usual causes are
// quotation marks from a file of variables, or the name of a variable that was not expanded.
func TokenProblem(token string) string {
	rest := strings.TrimRight(strings.TrimLeftFunc(token, tokenRune), "=")
	switch {
	case token == "":
		return "the token is empty"
	case token[0] == '=':
		return "the token begins with ="
	case rest == "":
		return ""
	case strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "the token holds white space or a control character; was it copied with a line break?"
	case strings.ContainsFunc(token, func(r rune) bool { return r > '~' }):
		return "the token holds a character that is not ASCII; was it copied from formatted text?"
	case strings.ContainsAny(token, "\"'`"):
		return "the token is in quotation marks, which docker --env-file and others keep; leave them out"
	case strings.ContainsAny(token, "${%"):
		return "the token is the name of a variable that was not expanded; put its value here"
	case strings.ContainsAny(token, "<>[]"):
		return "the token is a placeholder; put a real one here"
	case hasScheme(token):
		return "the token begins with the word Bearer; leave it out"
	case strings.Contains(token, " "):
		return "the token holds white space"
	case strings.Contains(strings.TrimRight(token, "="), "="):
		return "the token holds = before its end; was the name of a variable copied with it?"
	}
	return "the token holds a character that no token has; it has letters, digits and -._~+/ only, and = at its end"
}

func tokenRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+/", r)
}

func hasScheme(token string) bool {
	scheme, _, ok := strings.Cut(token, " ")
	return ok && strings.EqualFold(scheme, "bearer")
}
