package brex

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/brex-go/sdk/brex/wire"
)

// logged plays a call and gives the records it wrote.
func logged(t *testing.T, level slog.Level, op *wire.Operation, answers ...func(*http.Request) (*http.Response, error)) (records []map[string]any) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		n := 0
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			n++
			return answers[min(n, len(answers))-1](r)
		}), WithLogger(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level}))))
		_, _ = send(t.Context(), client, op, WithHeader("X-Secret", "header-secret"))
		for _, secret := range []string{testToken, "Bearer", "header-secret", "body-secret", "thing_1"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("the log shows %q: %s", secret, out.String())
			}
		}
		for dec := json.NewDecoder(&out); ; {
			var r map[string]any
			if err := dec.Decode(&r); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
	})
	return records
}

func TestLogOfASuccess(t *testing.T) {
	r := logged(t, slog.LevelDebug, opDeclared, body(`{"id":"body-secret"}`))
	if len(r) != 1 || r[0]["level"] != "DEBUG" || r[0]["msg"] != "brex call" || r[0]["operation"] != "createThing" || r[0]["method"] != "POST" ||
		r[0]["path"] != "/v1/things" || r[0]["status"] != 200.0 || r[0]["attempts"] != 1.0 || r[0]["trace_id"] != "trace-1" || len(r[0]["idempotency_key"].(string)) != 36 || r[0]["error"] != nil {
		t.Errorf("%v", r)
	}
	if r := logged(t, slog.LevelInfo, opRead, body(`{"id":"x"}`)); len(r) != 0 {
		t.Errorf("%v", r)
	}
	if r := logged(t, slog.LevelDebug, opRead, body(`{"id":"x"}`)); len(r) != 1 || r[0]["idempotency_key"] != nil || r[0]["path"] != "/v1/things/{id}" {
		t.Errorf("%v", r)
	}
}

// One Info per retry, one Warn at the end, which says what is known of the effect.
func TestLogOfAFailure(t *testing.T) {
	r := logged(t, slog.LevelInfo, opDeclared, func(*http.Request) (*http.Response, error) { return reply(503, `{"private":"body-secret"}`), nil })
	if len(r) != 4 {
		t.Fatalf("%d records: %v", len(r), r)
	}
	for i := range 3 {
		if r[i]["level"] != "INFO" || r[i]["msg"] != "brex retry" || r[i]["attempt"] != float64(i+1) || r[i]["status"] != 503.0 || r[i]["wait"] == nil {
			t.Errorf("%v", r[i])
		}
	}
	if r[3]["level"] != "WARN" || r[3]["attempts"] != 4.0 || r[3]["outcome"] != "unknown" || !strings.Contains(r[3]["error"].(string), "repeat it only with idempotency key") {
		t.Errorf("%v", r[3])
	}
}

// An answer that cannot be used and a call that was never sent are failures on record too.
func TestLogOfABadResponse(t *testing.T) {
	for name, answer := range map[string]string{"empty": "", "half": `{"id":"body-secret`, "other": `{"id":["body-secret"]}`, "HTML": "<html>body-secret"} {
		if r := logged(t, slog.LevelWarn, opRead, body(answer)); len(r) != 1 || r[0]["level"] != "WARN" || r[0]["status"] != 200.0 {
			t.Errorf("%s: %v", name, r)
		}
	}
	var out bytes.Buffer
	client := newTestClient(t, nil, WithLogger(slog.New(slog.NewTextHandler(&out, nil))))
	_, _ = send(context.Background(), client, opRead, WithIdempotencyKey("k"))
	if !strings.Contains(out.String(), "level=WARN") || !strings.Contains(out.String(), "invalid use") {
		t.Errorf("%s", out.String())
	}
}

// A DELETE that had worked already is a success, with the status that says why.
func TestLogOfADeletedMeanwhile(t *testing.T) {
	if r := logged(t, slog.LevelDebug, opDelete, status(503), status(404)); len(r) != 2 || r[1]["level"] != "DEBUG" || r[1]["status"] != 404.0 {
		t.Errorf("%v", r)
	}
}

// Errors and clients log themselves without secrets: see TestNothingPrintsSecrets. This is the shape of an error.
func TestErrorLogValue(t *testing.T) {
	e := answered(t, 404, `{"type":"NOT_FOUND","message":"gone"}`)
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "err", e)
	var record struct {
		Err struct {
			Operation, Outcome, Error string
			Status, Attempts          int
			TraceID                   string `json:"trace_id"`
		}
	}
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		t.Fatal(err)
	}
	if got := record.Err; got.Operation != "getThing" || got.Outcome != "refused" || got.Status != 404 || got.Attempts != 1 || got.TraceID != "trace-1" || got.Error != e.Error() {
		t.Errorf("%+v", got)
	}
}
