package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

type note struct {
	Text string `json:"text"`
}

func file(path string) *File[note] { return &File[note]{Path: path, Lock: path + ".lock", Cache: true} }

// FuzzDecode: what can be read is a chain that a next record continues, and is read again as the
// same records; at most a torn last line is left out.
func FuzzDecode(f *testing.F) {
	var data []byte
	var c Chain
	for range 3 {
		text, next, err := Encode(c, note{"<a>"})
		require.NoError(f, err)
		data, c = append(data, text...), next
	}
	f.Add(data, 0, byte(0))
	f.Add(data[:len(data)-5], 3, byte(7))
	f.Add(bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")), 0, byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at int, flip byte) {
		if len(data) > 0 {
			data = bytes.Clone(data)
			data[uint(at)%uint(len(data))] ^= flip
		}
		records, c, end, err := Decode[note](Chain{}, data)
		if err != nil {
			return
		}
		require.Len(t, records, c.n)
		require.LessOrEqual(t, bytes.Count(data[end:], []byte("\n")), 1, "more than a torn line was dropped")
		text, _, err := Encode(c, note{"next"})
		require.NoError(t, err)
		again, _, _, err := Decode[note](Chain{}, append(bytes.Clone(data[:end]), text...))
		require.NoError(t, err)
		require.Len(t, again, len(records)+1)
	})
}

// Two files with caches on one path, as two processes have them, see each other's records.
func TestCacheFollowsOthers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	one, two := file(path), file(path)
	for i := range 6 {
		l, err := []*File[note]{one, two}[i%2].TryLock()
		require.NoError(t, err)
		require.Len(t, l.Records(), i)
		_, err = two.TryLock()
		require.ErrorIs(t, err, filelock.ErrBusy)
		require.NoError(t, l.Append(note{"x"}))
		require.NoError(t, l.Close())
	}
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(bytes.Clone(whole), "torn"...), 0o600))
	l, err := two.TryLock()
	require.NoError(t, err)
	require.NoError(t, l.Close())
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, whole, after, "the torn line is cut off")
	require.NoError(t, os.WriteFile(path, whole[:len(whole)/2], 0o600))
	_, err = two.TryLock()
	require.Error(t, err, "lines that were read are gone")
}
