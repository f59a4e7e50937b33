package decode

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// destination is where a response goes: as wire.Page has it, with room for two items.
func destination(kind reflect.Type) reflect.Value {
	v := reflect.New(kind)
	if kind.Kind() == reflect.Struct {
		if items := v.Elem().FieldByName("Items"); items.IsValid() && items.Kind() == reflect.Slice {
			items.Set(reflect.MakeSlice(items.Type(), 0, 2))
		}
	}
	return v
}

// differs says how the scanner and encoding/json differ over a document, and whether the scanner decoded it. A document that it
// gives up is decoded by encoding/json, so that only the destination must be as before.
func differs(kind reflect.Type, data []byte) (scanned bool, difference string) {
	have, want := destination(kind), destination(kind)
	if !Scan(data, have.Interface()) {
		if !reflect.DeepEqual(have.Interface(), want.Interface()) {
			return false, fmt.Sprintf("%s: given up, but not empty: %.2000q", kind, data)
		}
		return false, ""
	}
	if err := standard(data, want.Interface()); err != nil {
		return true, fmt.Sprintf("%s: encoding/json says %v: %.2000q", kind, err, data)
	}
	if !reflect.DeepEqual(have.Interface(), want.Interface()) {
		return true, fmt.Sprintf("%s: %+v, encoding/json says %+v: %.2000q", kind, have.Elem(), want.Elem(), data)
	}
	return true, ""
}

// Every valid document is decoded by the scanner itself, for every response of every operation.
func TestValidDocumentsAreScanned(t *testing.T) {
	random, count := rand.New(rand.NewPCG(1, 2)), 0
	for _, kind := range kinds(t) {
		if op := planOf(kind).op; op != object && op != slice {
			continue // see TestWhatIsNotScanned
		}
		for i := range 60 {
			d := newDocument(random, kind, i%2 == 0)
			scanned, difference := differs(kind, d.text)
			require.Empty(t, difference)
			require.True(t, scanned, "%s: given up: %s", kind, d.text)
			count++
		}
	}
	require.Greater(t, count, 3000)
}

// What the scanner hands to encoding/json, type by type: what is added here costs speed and nothing else.
func TestWhatIsNotScanned(t *testing.T) {
	found := map[string][]string{} // places by type
	for _, r := range responses(t) {
		seen := map[*plan]bool{}
		var walk func(p *plan, path string)
		walk = func(p *plan, path string) {
			if p == nil || seen[p] {
				return
			}
			seen[p] = true
			if p.op == other || path == r.op.ID && p.op != object && p.op != slice {
				found[p.typ.String()] = append(found[p.typ.String()], path)
			}
			walk(p.elem, path)
			for _, f := range p.fields {
				walk(f.plan, path+"."+f.name)
			}
		}
		walk(planOf(r.kind), r.op.ID)
	}
	t.Log(found)
	require.Equal(t, map[string]int{
		"map[string]string": 13, // metadata, whose names are the caller's; small
		"wire.JSON":         1,  // the response that is kept as it came
	}, count(found))
}

func count(places map[string][]string) map[string]int {
	counts := map[string]int{}
	for kind, all := range places {
		counts[kind] = len(all)
	}
	return counts
}

// Valid, odd and damaged documents: the scanner decodes as encoding/json does, or gives up. BREX_DECODE_EXECUTIONS is how many, for
// all types together; BREX_DECODE_SEED begins elsewhere.
func TestScannerAgreesWithEncodingJSON(t *testing.T) {
	executions, seed := 100_000, 1
	if testing.Short() {
		executions = 20_000
	}
	if n, err := strconv.Atoi(os.Getenv("BREX_DECODE_EXECUTIONS")); err == nil {
		executions = n
	}
	if n, err := strconv.Atoi(os.Getenv("BREX_DECODE_SEED")); err == nil {
		seed = n
	}
	const round = 400 // documents that are made of one
	random, all := rand.New(rand.NewPCG(uint64(seed), 0)), kinds(t)
	all = slices.DeleteFunc(all, func(kind reflect.Type) bool { op := planOf(kind).op; return op != object && op != slice })
	scanned, next := 0, time.Now().Add(time.Minute)
	var buf []byte
	for i := 0; i < executions; {
		kind := all[i/round%len(all)]
		d := newDocument(random, kind, true)
		for range round {
			buf = damage(random, d, buf)
			decoded, difference := differs(kind, buf)
			if difference != "" {
				t.Fatalf("after %d: %s", i, difference)
			}
			if decoded {
				scanned++
			}
			i++
		}
		if now := time.Now(); now.After(next) && executions > 1_000_000 {
			fmt.Printf("%d executions, %d decoded by the scanner and compared\n", i, scanned)
			next = now.Add(time.Minute)
		}
	}
	t.Logf("%d executions over %d types, no difference; %d decoded by the scanner and compared, the others given up", executions, len(all), scanned)
	require.Greater(t, scanned, executions/10, "too few documents are decoded by the scanner for this to mean anything")
}
