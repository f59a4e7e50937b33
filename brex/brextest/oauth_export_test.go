package brextest

// OAuthTokens is how many codes and tokens the issuer remembers.
func (h *Handler) OAuthTokens() int {
	h.oauth.mu.Lock()
	defer h.oauth.mu.Unlock()
	return len(h.oauth.codes) + len(h.oauth.access) + len(h.oauth.refresh)
}
