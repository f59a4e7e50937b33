package brextest

import (
	"cmp"
	"maps"
	"mime"
	"net/http"
	"slices"
	"time"
)

// What is kept of uploads, so that a sandbox can run for weeks: beyond it the
// oldest are forgotten.
const (
	maxUploads     = 5_000     // addresses, used and unused
	maxUploadBytes = 256 << 20 // in all files together
)

// sweepUploads forgets addresses that nobody has used, a day after their time,
// and the oldest quarter when there are too many all the same.
func (s *state) sweepUploads(now time.Time) {
	if len(s.uploads) < max(1000, s.sweepUploadsAt) {
		return
	}
	maps.DeleteFunc(s.uploads, func(_ string, up *upload) bool { return !up.Sent && now.Sub(up.Until) > day })
	if len(s.uploads) >= maxUploads {
		for _, up := range s.oldestUploads()[:maxUploads/4] {
			delete(s.uploads, up.ID)
		}
	}
	s.sweepUploadsAt = min(2*len(s.uploads), maxUploads)
}

// oldestUploads are all of them, the one that was used longest ago first.
func (s *state) oldestUploads() []*upload {
	return slices.SortedFunc(maps.Values(s.uploads), func(a, b *upload) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
}

func (s *state) nextUpload() uint64 {
	s.uploadOrder++
	return s.uploadOrder
}

// restoreUploads takes over the uploads of a snapshot.
func (s *state) restoreUploads(saved map[string]*upload) {
	if saved == nil {
		return
	}
	s.uploads = saved
	for _, up := range saved {
		s.uploadOrder = max(s.uploadOrder, up.Order)
	}
	s.forgetFiles()
}

// forgetFiles forgets the oldest files when there is too much in them. That
// they were sent is still known.
func (s *state) forgetFiles() {
	kept := 0
	for _, up := range s.uploads {
		kept += len(up.Content)
	}
	if kept <= maxUploadBytes {
		return
	}
	for _, up := range s.oldestUploads() {
		kept -= len(up.Content)
		if up.Content = nil; kept <= maxUploadBytes {
			return
		}
	}
}

// shownAs is the content type of a file that a browser may show: a picture or a
// PDF. For everything else it is "": a page with a script would run on the
// origin of the control API.
func shownAs(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err == nil && slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "application/pdf"}, media) {
		return media
	}
	return ""
}

// serveFile gives an uploaded receipt back: its address is the receipt's
// download_uri.
func (h *Handler) serveFile(w http.ResponseWriter, r *http.Request) {
	seq := h.served.Add(1)
	entry := newRequest(r, nil, nil)
	a := h.file(r)
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if a.kind == "" {
		a.kind = "application/octet-stream"
		header.Set("Content-Disposition", "attachment")
	}
	entry.Status = a.status
	h.requests.add(entry)
	write(w, a, identity{h.config.seed}.id("", h.clock.now().UnixMilli(), seq))
}

// file is an uploaded file with its content type, if a browser may show it.
func (h *Handler) file(r *http.Request) answer {
	h.mu.RLock()
	defer h.mu.RUnlock()
	up := h.state.uploads[r.PathValue("id")]
	switch {
	case up == nil || !up.Sent || r.URL.Query().Get("X-Amz-Signature") != h.state.uploadSignature(up.ID):
		return storageError(http.StatusForbidden, "AccessDenied", "There is no such file.")
	case up.Content == nil:
		return storageError(http.StatusNotFound, "NoSuchKey", "The file was forgotten: the sandbox keeps the latest 256 MB.")
	}
	return answer{status: http.StatusOK, body: up.Content, kind: shownAs(up.Kind)} // asked again: a snapshot may hold anything
}
