package brex_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// TestPagesAndAllReadEveryPage calls every Pages and All method there is against a list of three pages, the second of which
// is empty.
func TestPagesAndAllReadEveryPage(t *testing.T) {
	var asked []string // cursors, in the order they were asked for
	var paths []string
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		asked, paths = append(asked, r.URL.Query().Get("cursor")), append(paths, r.URL.Path)
		body := map[string]string{"from": `{"items":[{"id":"1","budget_id":"1","brex_id":"1","group_id":"1"},{"id":"2","budget_id":"2","brex_id":"2","group_id":"2"}],"next_cursor":"2"}`, "2": `{"items":[],"next_cursor":"3"}`, "3": `{"items":[{"id":"3","budget_id":"3","brex_id":"3","group_id":"3"}]}`}[asked[len(asked)-1]]
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
	c, err := brex.New(brex.WithToken("t"), brex.WithLimiter(nil), brex.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)

	tested := 0
	client := reflect.ValueOf(*c)
	for i := range client.NumField() {
		field := client.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		service := client.Field(i)
		for j := range service.NumMethod() {
			name := service.Type().Method(j).Name
			pages := strings.HasPrefix(name, "Pages")
			if !pages && !strings.HasPrefix(name, "All") {
				continue
			}
			tested++
			asked, paths = nil, nil
			params := arguments(t, service.Method(j).Type())
			var got []string
			seq := service.Method(j).Call(params)[0]
			yield := reflect.MakeFunc(seq.Type().In(0), func(in []reflect.Value) []reflect.Value {
				require.True(t, in[1].IsNil(), "%v", in[1])
				got = append(got, fmt.Sprint(in[0].Type()))
				return []reflect.Value{reflect.ValueOf(true)}
			})
			seq.Call([]reflect.Value{yield})
			where := field.Name + "." + name
			require.Len(t, got, 3, where) // pages, or items
			require.Equal(t, pages, strings.HasPrefix(got[0], "*wire.Page["), where)
			require.Equal(t, []string{"from", "2", "3"}, asked, where)
			require.Equal(t, []string{paths[0], paths[0], paths[0]}, paths, where)
		}
	}
	require.Greater(t, tested, 40)
}

// arguments makes what a list method takes: an id where it wants a string, and a cursor to start from.
func arguments(t *testing.T, method reflect.Type) []reflect.Value {
	args := []reflect.Value{reflect.ValueOf(context.Background())}
	for i := 1; i < method.NumIn()-1; i++ {
		v := reflect.New(method.In(i)).Elem()
		switch v.Kind() {
		case reflect.String:
			v.SetString("id_1")
		case reflect.Struct:
			v.FieldByName("Cursor").SetString("from")
		default:
			t.Fatalf("a parameter of type %s", v.Type())
		}
		args = append(args, v)
	}
	return args
}

// TestEmptyIDsAreRefused calls every method that takes ids without any: a read of one thing must not become a list.
func TestEmptyIDsAreRefused(t *testing.T) {
	c, err := brex.New(brex.WithToken("t"), brex.WithLimiter(nil), brex.WithoutValidation(),
		brex.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			t.Errorf("%s %s was sent", r.Method, r.URL)
			return nil, io.ErrUnexpectedEOF
		})}))
	require.NoError(t, err)
	tested := 0
	client := reflect.ValueOf(*c)
	for i := range client.NumField() {
		field := client.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		for j := range client.Field(i).NumMethod() {
			method := client.Field(i).Method(j)
			args, ids := []reflect.Value{reflect.ValueOf(context.Background())}, 0
			for k := 1; k < method.Type().NumIn()-1; k++ {
				in := method.Type().In(k)
				args = append(args, reflect.Zero(in))
				if in.Kind() == reflect.String {
					ids++
				}
			}
			if ids == 0 {
				continue
			}
			tested++
			where := field.Name + "." + client.Field(i).Type().Method(j).Name
			for _, id := range []string{"", ".", "..", " a", "a\n"} {
				for k := range args {
					if args[k].Kind() == reflect.String && args[k].Type().PkgPath() == "" {
						args[k] = reflect.ValueOf(id)
					}
				}
				out := method.Call(args)
				last := out[len(out)-1]
				if last.Kind() == reflect.Func { // Pages and All fail with the first step
					yield := reflect.MakeFunc(last.Type().In(0), func(in []reflect.Value) []reflect.Value {
						last = in[1]
						return []reflect.Value{reflect.ValueOf(true)}
					})
					last.Call([]reflect.Value{yield})
				}
				failed, _ := last.Interface().(error)
				require.ErrorIs(t, failed, brex.ErrUsage, "%s with id %q", where, id)
			}
		}
	}
	require.Greater(t, tested, 50)
}
