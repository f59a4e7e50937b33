package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBundle is the size at which a download is given up; the largest bundle known has about 0.2 MB.
const maxBundle = 8 << 20

// download gets a document, and nothing that only pretends to be one.
func download(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/yaml, application/json, text/plain;q=0.9, */*;q=0.5")
	req.Header.Set("User-Agent", "brex-go-specsupdate")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", address, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBundle+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	if len(body) > maxBundle {
		return nil, fmt.Errorf("%s answered more than %d MB", address, maxBundle>>20)
	}
	mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	start := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\uFEFF")))
	if bytes.HasPrefix(start, []byte("<")) || strings.EqualFold(mediaType, "text/html") {
		return nil, fmt.Errorf("%s answered a web page (HTML) instead of a document: has the address changed?", address)
	}
	if len(start) == 0 {
		return nil, fmt.Errorf("%s answered nothing", address)
	}
	return body, nil
}
