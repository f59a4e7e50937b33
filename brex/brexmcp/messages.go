package brexmcp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/brex-go/sdk/brex/agent"
)

// maxMessage bounds a message of an agent, in bytes.
const maxMessage = 1 << 20

// rejection is the response to a message that the server never sees, and that is not in the log
// otherwise. The SDK would end the connection at some of these messages.
type rejection struct {
	id   any // null unless known
	code int64
	text string
	rule string // of the record
	none bool   // nobody waits for the response
}

var tooLong = &rejection{code: jsonrpc.CodeInvalidRequest, rule: "message", text: "the message is longer than 1 MiB"}

// rejected returns why a message cannot be used; nil if it can. A batch is refused in every
// revision: MCP has none since 2025-06-18.
func rejected(message []byte) *rejection {
	if message = bytes.TrimSpace(message); len(message) > 0 && message[0] == '[' {
		return &rejection{code: jsonrpc.CodeInvalidRequest, rule: "batch", text: "a batch is not accepted: send each message by itself"}
	}
	m, err := jsonrpc.DecodeMessage(message)
	switch {
	case !json.Valid(message): // also one with more behind it, which DecodeMessage leaves
		return &rejection{code: jsonrpc.CodeParseError, rule: "message", text: "the message is not JSON"}
	case err != nil:
		return &rejection{code: jsonrpc.CodeInvalidRequest, rule: "message", text: "the message is not one of JSON-RPC 2.0"}
	}
	q, ok := m.(*jsonrpc.Request)
	if !ok || q.Method != "tools/call" {
		return nil
	}
	var params *mcp.CallToolParamsRaw
	if err := json.Unmarshal(q.Params, &params); err == nil && params != nil && q.IsCall() {
		return nil
	}
	return &rejection{id: q.ID.Raw(), code: jsonrpc.CodeInvalidParams, rule: "parameters", none: !q.IsCall(),
		text: "the parameters are not those of tools/call: an object with a name and arguments"}
}

// reject notes a message in the log and returns the response to it.
func (s *server) reject(r *rejection) []byte {
	code, text := r.code, r.text
	session, err := s.session("")
	if err == nil {
		err = session.Refuse("", r.rule)
	}
	if err != nil {
		code, text = jsonrpc.CodeInternalError, err.Error()
	}
	response, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": r.id, "error": &jsonrpc.Error{Code: code, Message: text}}) // of strings
	return append(response, '\n')
}

// guarded rejects messages before the transport sees them.
func (s *server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodPost {
			next.ServeHTTP(w, q)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, maxMessage))
		var long *http.MaxBytesError
		r, status := tooLong, http.StatusRequestEntityTooLarge
		switch {
		case err == nil:
			r, status = rejected(body), http.StatusBadRequest
		case !errors.As(err, &long):
			return // the agent's host has gone
		}
		if r == nil {
			q.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, q)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(s.reject(r)) // the agent's host may have gone
	})
}

// ServeStdio serves one agent over standard input and output, a message a line, until in ends. A
// line that is not a message is refused, and the next one is read.
func ServeStdio(ctx context.Context, guard *agent.Guard, name string, opts agent.SessionOptions, in io.Reader, out io.Writer) error {
	s := newServer(guard, name, opts)
	lines := &lines{in: bufio.NewReaderSize(in, 64<<10), out: out, reject: s.reject}
	err := s.mcp.Run(ctx, &mcp.IOTransport{Reader: io.NopCloser(lines), Writer: lines})
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// lines are the messages of an agent's host that are not rejected, and where responses go.
type lines struct {
	in     *bufio.Reader
	rest   []byte // of the message that is read
	reject func(*rejection) []byte

	mu  sync.Mutex
	out io.Writer
}

// Read reads on in the message, or begins the next.
func (l *lines) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		line, r, err := l.next()
		switch {
		case r == nil && len(bytes.TrimSpace(line)) > 0:
			if r = rejected(line); r == nil {
				l.rest = line
				continue
			}
		case r == nil && err != nil:
			return 0, err
		case r == nil:
			continue
		}
		if response := l.reject(r); !r.none {
			if _, err := l.Write(response); err != nil {
				return 0, fmt.Errorf("the response cannot be written: %w", err)
			}
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// next reads a line. Of one that is too long nothing is kept.
func (l *lines) next() (line []byte, r *rejection, err error) {
	for {
		part, err := l.in.ReadSlice('\n')
		if len(line)+len(part) > maxMessage {
			line, r = nil, tooLong
		}
		if r == nil {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, r, err
		}
	}
}

// Write writes a response as a whole.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

// Close leaves the output open, which is not of the server.
func (l *lines) Close() error { return nil }
