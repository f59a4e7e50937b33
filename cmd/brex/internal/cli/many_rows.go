package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// rows reads the objects from the arguments, the lines of standard input or a file.
func (r *request) rows(a *App) (header []string, rows []*row, err error) {
	idName := ""
	if len(r.op.PathParams) > 0 {
		idName = r.op.PathParams[0].Name
	}
	if r.many.file == "" {
		given := r.args
		if slices.Equal(given, []string{"-"}) {
			text, err := io.ReadAll(a.Stdin)
			if err != nil {
				return nil, nil, err
			}
			given = nil
			for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
				if line = strings.TrimSpace(line); line != "" {
					given = append(given, line)
				}
			}
		}
		for _, id := range given {
			one, err := r.row(map[string]string{idName: id}, idName)
			if err != nil {
				return nil, nil, err
			}
			rows = append(rows, one)
		}
		return []string{idName}, rows, nil
	}
	header, records, err := a.readCSV(r.many.file)
	if err != nil {
		return nil, nil, err
	}
	if err := r.checkHeader(header, idName); err != nil {
		return nil, nil, usagef("--file %s: %v", r.many.file, err)
	}
	for i, record := range records {
		one, err := r.row(record, idName)
		if err != nil {
			return nil, nil, usagef("--file %s, row %d: %v", r.many.file, i+1, err)
		}
		rows = append(rows, one)
	}
	return header, rows, nil
}

// checkHeader refuses a first line that names no column, which is most likely a row.
func (r *request) checkHeader(header []string, idName string) error {
	if idName != "" && !slices.Contains(header, idName) {
		return fmt.Errorf("its first line must name the columns, among them %s; it is %q", idName, strings.Join(header, ","))
	}
	return nil
}

// setMember puts a cell into the body; a column is named as --set names members.
func (r *request) setMember(name, value string) error {
	if err := r.doc.set(r.body, r.doc.Body(r.op), name, value); err != nil {
		return err
	}
	if kind := namedBy(r.op, name); kind != "" {
		if id, ok := r.body[name].(string); ok {
			r.body[name] = ref{kind, id}
		}
	}
	return nil
}

// cloneBody copies a body with what is in it.
func cloneBody(body map[string]any) map[string]any {
	if body == nil {
		return nil
	}
	return cloneValue(body).(map[string]any)
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, member := range v {
			m[name] = cloneValue(member)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i := range v {
			l[i] = cloneValue(v[i])
		}
		return l
	}
	return v
}

// readCSV reads a file with a header; - is standard input.
func (a *App) readCSV(name string) (header []string, rows []map[string]string, err error) {
	in := a.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil, usagef("--file %s: there is no such file", name)
		}
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return nil, nil, usagef("--file %s is in UTF-16; save it as CSV in UTF-8", name)
	}
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff"))).ReadAll()
	if err != nil {
		return nil, nil, usagef("--file %s: %v", name, err)
	}
	if len(records) == 0 {
		return nil, nil, usagef("--file %s is empty; its first line must name the columns", name)
	}
	for _, c := range records[0] {
		c = strings.TrimSpace(c)
		if c == "" || slices.Contains(header, c) {
			return nil, nil, usagef("--file %s: the header has an empty or repeated column %q", name, c)
		}
		header = append(header, c)
	}
	for _, record := range records[1:] {
		cells := map[string]string{}
		for i, c := range record {
			cells[header[i]] = strings.TrimSpace(c)
		}
		rows = append(rows, cells)
	}
	return header, rows, nil
}
