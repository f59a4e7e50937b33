package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// source is where the documents of today are read: the network, or files by API.
type source struct {
	client *http.Client
	base   string
	files  map[string]string // nil for the network
}

// extensions are how the names of documents in a folder end.
var extensions = []string{".yaml", ".yml", ".json"}

func newSource(o options, ours []string) (source, error) {
	if o.dir == "" {
		return source{client: &http.Client{Timeout: o.timeout}, base: strings.TrimSuffix(o.base, "/")}, nil
	}
	s := source{files: map[string]string{}}
	info, err := os.Stat(o.dir)
	if err != nil {
		return s, err
	}
	found := []string{o.dir}
	if info.IsDir() {
		if found, err = filepath.Glob(filepath.Join(o.dir, "*.*")); err != nil {
			return s, err
		}
	}
	for _, file := range found {
		api, ok := apiOf(file)
		if !ok {
			continue
		}
		if other, twice := s.files[api]; twice {
			return s, fmt.Errorf("%s and %s are both the document of %s: keep one", other, file, api)
		}
		s.files[api] = file
	}
	if !slices.ContainsFunc(ours, func(file string) bool { api, _ := apiOf(file); return s.files[api] != "" }) {
		return s, fmt.Errorf("%s has no document of an API that is in openapi/: they are called team.yaml, team_api.yaml or team.json", o.dir)
	}
	return s, nil
}

// apiOf is the API whose document a file is by its name.
func apiOf(file string) (string, bool) {
	ext := filepath.Ext(file)
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ext), "_api")
	return name, name != "" && slices.Contains(extensions, ext)
}

// read returns the document of an API and where it is from; nil where the folder has none.
func (s source) read(ctx context.Context, api string) (text []byte, from string, err error) {
	if s.files == nil {
		from = s.base + "/" + api + "_api.yaml"
		text, err = download(ctx, s.client, from)
		return text, from, err
	}
	from, ok := s.files[api]
	if !ok {
		return nil, "", nil
	}
	text, err = os.ReadFile(from)
	return text, from, err
}

// strangers are notes on files of the folder that none of our documents corresponds to, and on ours that it has nothing for.
func (s source) strangers(ours []string) []string {
	if s.files == nil {
		return nil
	}
	var notes []string
	known := map[string]bool{}
	for _, file := range ours {
		api, _ := apiOf(file)
		if known[api] = true; s.files[api] == "" {
			notes = append(notes, "not compared: "+api+", which was not there")
		}
	}
	for _, api := range keys(s.files, nil) {
		if !known[api] {
			notes = append(notes, "openapi/ has no document of "+api+", which "+s.files[api]+" describes")
		}
	}
	return notes
}
