package brextest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/brex-go/sdk/brex/schema"
)

// checkBody holds a body, which is valid JSON, against its schema.
func checkBody(doc *schema.Document, s *schema.Schema, raw []byte) *problem {
	body, p := decodeBody(raw)
	if p != nil {
		return p
	}
	return (&judge{doc: doc}).body(s, body)
}

func decodeBody(raw []byte) (any, *problem) {
	d := bodyDecoder{Decoder: json.NewDecoder(bytes.NewReader(raw))}
	d.UseNumber()
	body, err := d.value()
	if err == nil {
		return body, nil
	}
	var p *problem
	if !errors.As(err, &p) {
		p = invalid("body")
	}
	return nil, p
}

// bodyDecoder decodes a body for the judge: a whole number in digits is an int64, any other number
// a float64. It refuses what no schema of OpenAPI 3.0 can: text that is not ASCII, also as the name
// of a member, and a member that is there twice.
type bodyDecoder struct {
	*json.Decoder
	at fieldPath
}

func (d *bodyDecoder) value() (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			return d.list()
		}
		return d.object()
	case string:
		if !ascii(t) {
			return nil, invalid(d.at.String()) // Brex's own words
		}
	case json.Number:
		if n, err := strconv.ParseInt(string(t), 10, 64); err == nil {
			return n, nil
		}
		f, err := t.Float64()
		if err != nil {
			return nil, wrong(d.at, "the number is out of range")
		}
		return f, nil
	}
	return token, nil
}

func (d *bodyDecoder) list() (any, error) {
	list := []any{}
	for d.More() {
		d.at = append(d.at, "["+strconv.Itoa(len(list))+"]")
		item, err := d.value()
		if err != nil {
			return nil, err
		}
		d.at, list = d.at[:len(d.at)-1], append(list, item)
	}
	_, err := d.Token()
	return list, err
}

func (d *bodyDecoder) object() (any, error) {
	o := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		d.at = append(d.at, name)
		if !ascii(name) {
			return nil, invalid(d.at.String())
		}
		if _, twice := o[name]; twice {
			return nil, badRequest(d.at.String() + " is given twice")
		}
		if o[name], err = d.value(); err != nil {
			return nil, err
		}
		d.at = d.at[:len(d.at)-1]
	}
	_, err := d.Token()
	return o, err
}
