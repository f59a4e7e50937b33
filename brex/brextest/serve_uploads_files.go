package brextest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
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
	entry := h.newRequest(r, nil, nil)
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

// madeReceipts begins the addresses of the receipts of made-up expenses, until a response names the
// address that the sandbox has for who asks.
const madeReceipts = "https://receipts.brex.example/"

// withReceiptLinks makes the addresses of receipts lead to this sandbox.
func withReceiptLinks(a answer, r *http.Request, op *operation) answer {
	if op.api == "expenses" || op.api == "accounting" {
		a.body = bytes.ReplaceAll(a.body, []byte(madeReceipts), []byte(baseOf(r)+UploadPath+"/receipts/"))
	}
	return a
}

// serveReceipt gives the receipt of a made-up expense: a page with its id.
func (h *Handler) serveReceipt(w http.ResponseWriter, r *http.Request) {
	seq := h.served.Add(1)
	id, isPDF := strings.CutSuffix(r.PathValue("file"), ".pdf")
	a := storageError(http.StatusNotFound, "NoSuchKey", "There is no such receipt.")
	if _, made := (identity{h.config.seed}).number(prefixReceipt, id); made && isPDF {
		a = answer{status: http.StatusOK, body: pagePDF("Receipt " + id), kind: "application/pdf"}
	}
	entry := h.newRequest(r, nil, nil)
	entry.Status = a.status
	h.requests.add(entry)
	write(w, a, identity{h.config.seed}.id("", h.clock.now().UnixMilli(), seq))
}

// pagePDF is a PDF of one page with one line on it. The line holds no parentheses and no backslash.
func pagePDF(line string) []byte {
	text := "BT /F1 14 Tf 40 400 Td (" + line + ") Tj ET"
	pdf := []byte("%PDF-1.4\n")
	var places []int
	for i, body := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 480 480] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	} {
		places = append(places, len(pdf))
		pdf = fmt.Appendf(pdf, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	table := len(pdf)
	pdf = fmt.Appendf(pdf, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, at := range places {
		pdf = fmt.Appendf(pdf, "%010d 00000 n \n", at)
	}
	return fmt.Appendf(pdf, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, table)
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
