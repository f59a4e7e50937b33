package brextest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"
)

// UploadFile names the upload host's only operation for Handler.FailNext and Request.OperationID:
// the PUT of a file to an address that receiptUpload, receiptMatch or createDocument has responded.
const UploadFile = "uploadFile"

// UploadPath is where the sandbox's upload host lives, below its base URL.
// Brex's is another host, and so must a client treat this one.
const UploadPath = "/uploads"

const (
	uploadLifetime = 30 * time.Minute
	maxUpload      = 50 << 20
	maxUploadName  = 1 << 10
)

// What is done with an uploaded file.
const (
	forReceipt  = "receipt"  // onto the expense Target
	forMatch    = "match"    // Brex looks for the expense
	forDocument = "document" // of the referral Target
)

// upload is an address to send one file to, and what came of it.
type upload struct {
	ID      string    `json:"id"`
	Purpose string    `json:"purpose"`
	Target  string    `json:"target,omitempty"`
	Name    string    `json:"name,omitempty"`
	User    string    `json:"user,omitempty"` // whose expenses are searched, "" for all
	Until   time.Time `json:"until"`
	Due     time.Time `json:"due,omitzero"` // when the match is made
	Order   uint64    `json:"order"`        // of its latest use: the clock may stand still

	Sent    bool   `json:"sent,omitempty"`
	Sum     string `json:"sum,omitempty"`
	Kind    string `json:"kind,omitempty"` // content type, of a file that a browser may show
	Content []byte `json:"content,omitempty"`
}

// newUpload makes an address for a file. Its query stands for the signature:
// whoever has it may use the address, without any token.
func (c *call) newUpload(purpose, target, name string) (id, uri string) {
	s := c.state
	s.created++
	r := s.ids.random("upload", int(s.created))
	high, low := r.next(), r.next()
	s.sweepUploads(c.now)
	id = fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", high>>32, high>>16&0xffff, high&0xfff, low>>48&0x3fff|0x8000, low&0xffffffffffff)
	s.uploads[id] = &upload{ID: id, Purpose: purpose, Target: target, Name: name[:min(len(name), maxUploadName)], User: c.self(),
		Until: c.now.Add(uploadLifetime), Order: s.nextUpload()}
	return id, uploadURL(c.request, s, id)
}

func uploadURL(r *http.Request, s *state, id string) string {
	return baseOf(r) + UploadPath + "/" + id + "?X-Amz-Expires=1800&X-Amz-Signature=" + s.uploadSignature(id)
}

// baseOf is the address by which a request reached the sandbox.
func baseOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *state) uploadSignature(id string) string {
	return fmt.Sprintf("%016x", s.ids.random("upload signature", int(hash64(id)>>1)).next())
}

// routeUploads adds the upload host to the routes.
func (h *Handler) routeUploads() {
	path := UploadPath + "/{id}"
	put := &operation{id: UploadFile, method: http.MethodPut, path: path}
	h.known[UploadFile] = put
	h.mux.HandleFunc("GET "+UploadPath+"/receipts/{file}", h.serveReceipt)
	h.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPut:
			h.serveUpload(w, r, put)
		case http.MethodGet:
			h.serveFile(w, r)
		default:
			h.serve(w, r, map[string]*operation{http.MethodPut: put, http.MethodGet: put})
		}
	})
}

// storageError is an error of the upload host, which speaks XML as S3 does.
func storageError(status int, code, message string) answer {
	return answer{status: status, kind: "application/xml",
		body: fmt.Appendf(nil, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)}
}

// serveUpload takes a file. What its address or headers show to be wrong is
// refused before a byte of it is read.
func (h *Handler) serveUpload(w http.ResponseWriter, r *http.Request, op *operation) {
	seq := h.served.Add(1)
	refused := h.refuseUpload(r)
	var content []byte
	if refused == nil && r.Body != nil {
		// A body that breaks off is seen by its length.
		content, _ = io.ReadAll(io.LimitReader(r.Body, maxUpload+1))
	}
	entry := h.newRequest(r, op, content)
	a := h.faults.take(&entry, op).meet(h, w, r, op, entry, func() answer {
		if refused != nil {
			return *refused
		}
		return h.storeFile(r, content)
	})
	entry.Status = a.status
	h.requests.add(entry)
	write(w, a, identity{h.config.seed}.id("", h.clock.now().UnixMilli(), seq))
}

func (h *Handler) refuseUpload(r *http.Request) *answer {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.state.refuseUpload(r, h.clock.now())
}

// refuseUpload says what is wrong with an upload whose file has not been read.
func (s *state) refuseUpload(r *http.Request, now time.Time) *answer {
	up := s.uploads[r.PathValue("id")]
	var a answer
	switch {
	case r.Header.Get("Authorization") != "":
		a = storageError(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed: this address is signed, "+
			"so the request must not have an Authorization header. Never send the Brex token to the upload host.")
	case up == nil || r.URL.Query().Get("X-Amz-Signature") != s.uploadSignature(up.ID):
		a = storageError(http.StatusForbidden, "SignatureDoesNotMatch", "The address is not one that was given out.")
	case !now.Before(up.Until):
		a = storageError(http.StatusForbidden, "AccessDenied", "Request has expired: the address is good for 30 minutes.")
	case r.ContentLength > maxUpload:
		a = storageError(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size of 50 MB.")
	default:
		return nil
	}
	return &a
}

func (h *Handler) storeFile(r *http.Request, content []byte) answer {
	now := h.clock.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state
	if refused := s.refuseUpload(r, now); refused != nil { // time has passed while it was read
		return *refused
	}
	up, sum := s.uploads[r.PathValue("id")], sha256.Sum256(content)
	switch {
	case up.Sent && up.Sum != hex.EncodeToString(sum[:]):
		return storageError(http.StatusForbidden, "AccessDenied", "The address is good for one file and was used.")
	case len(content) > maxUpload:
		return storageError(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size of 50 MB.")
	case len(content) == 0 || r.ContentLength > int64(len(content)):
		return storageError(http.StatusBadRequest, "IncompleteBody", "There is no file, or less of it than Content-Length says.")
	case up.Sent:
		return answer{status: http.StatusOK} // the same file again changes nothing
	}
	up.Sent, up.Sum, up.Content, up.Kind = true, hex.EncodeToString(sum[:]), content, shownAs(r.Header.Get("Content-Type"))
	up.Order = s.nextUpload()
	s.forgetFiles()
	switch up.Purpose {
	case forReceipt:
		if row, found := s.expenses.find(up.Target); found {
			s.attach(row, up.ID, uploadURL(r, s, up.ID), now)
		}
	case forMatch:
		up.Due, up.Target = now.Add(matchDelay), uploadURL(r, s, up.ID)
		s.findNextDue()
	}
	return answer{status: http.StatusOK}
}
