package brex_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// plainFile is an open file that can be read once, like one in a zip archive; closed counts.
type plainFile struct {
	fs.File
	closed *int
}

func (f plainFile) Close() error { *f.closed++; return f.File.Close() }

// seekingFile can seek, and not be read at an offset, like that of http.Dir.
type seekingFile struct{ plainFile }

func (f seekingFile) Seek(offset int64, whence int) (int64, error) {
	return f.File.(io.Seeker).Seek(offset, whence)
}

// readerAtFile can be read at an offset.
type readerAtFile struct{ plainFile }

func (f readerAtFile) ReadAt(p []byte, off int64) (int, error) {
	return f.File.(io.ReaderAt).ReadAt(p, off)
}

// openFile opens a file of a file system in memory.
func openFile(t *testing.T, name string, data []byte) (plain plainFile, closed *int) {
	f, err := fstest.MapFS{name: {Data: data}}.Open(name)
	require.NoError(t, err)
	closed = new(int)
	return plainFile{f, closed}, closed
}

func TestUploadOpenFile(t *testing.T) {
	for name, test := range map[string]struct {
		wrap func(plainFile) fs.File
		skip int // bytes that the caller has read already
	}{
		"reads once":              {func(f plainFile) fs.File { return f }, 0},
		"seeks":                   {func(f plainFile) fs.File { return seekingFile{f} }, 0},
		"seeks, partly read":      {func(f plainFile) fs.File { return seekingFile{f} }, 7},
		"is read at":              {func(f plainFile) fs.File { return readerAtFile{f} }, 0},
		"is read at, partly read": {func(f plainFile) fs.File { return readerAtFile{f} }, 7},
		"has everything":          {func(f plainFile) fs.File { return f.File }, 7},
	} {
		t.Run(name, func(t *testing.T) {
			plain, closed := openFile(t, "2026/lunch.PNG", receipt)
			file := test.wrap(plain)
			_, err := io.ReadFull(file, make([]byte, test.skip))
			require.NoError(t, err)
			u := newUploads(t)
			u.answer = func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}
			up, err := u.client(t).Receipts.Upload(context.Background(), "exp_1", brex.FileFromFile(file))
			require.NoError(t, err)
			require.Equal(t, &brex.Upload{ID: "up_1", Size: int64(len(receipt)), ContentType: "image/png", Attempts: 2}, up)
			require.Equal(t, []string{"lunch.PNG"}, u.names)
			require.Equal(t, [][]byte{receipt, receipt}, u.files, "the whole file, each time")
			require.Zero(t, *closed, "it is the caller's to close")
			require.NoError(t, file.Close())
		})
	}
	t.Run("twice, under another name", func(t *testing.T) {
		f, err := os.Open(tempFile(t, receipt))
		require.NoError(t, err)
		defer f.Close()
		u := newUploads(t)
		file := brex.FileFromFile(f)
		for _, file := range []brex.File{file, file.Named("dinner.jpg")} {
			_, err = u.client(t).Referrals.UploadDocument(context.Background(), "ref_1", brex.ReferralDocumentTypeIRSEINConfirmation, file)
			require.NoError(t, err)
		}
		require.Equal(t, [][]byte{receipt, receipt}, u.files)
		require.Equal(t, "application/pdf", u.puts[0].Header.Get("Content-Type"))
		require.Equal(t, "image/jpeg", u.puts[1].Header.Get("Content-Type"))
		at, err := f.Seek(0, io.SeekCurrent)
		require.NoError(t, err)
		require.Zero(t, at, "where the caller reads does not move")
	})
}

func tempFile(t *testing.T, data []byte) string {
	path := filepath.Join(t.TempDir(), "lunch.pdf")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func TestUploadRefusesOpenFiles(t *testing.T) {
	open := func(path string) *os.File {
		f, err := os.Open(path)
		require.NoError(t, err)
		t.Cleanup(func() { f.Close() })
		return f
	}
	closed := open(tempFile(t, receipt))
	require.NoError(t, closed.Close())
	pipe, in, err := os.Pipe()
	require.NoError(t, err)
	defer pipe.Close()
	defer in.Close()
	socket := filepath.Join(t.TempDir(), "s") // cannot be opened, as a named pipe cannot without waiting
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	defer listener.Close()
	huge := tempFile(t, nil)
	require.NoError(t, os.Truncate(huge, 50<<20+1))
	read, _ := openFile(t, "a.pdf", receipt)
	_, err = read.Read(make([]byte, 9))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		file brex.File
		want error
		text string
	}{
		"nil":              {brex.FileFromFile(nil), brex.ErrUsage, "FileFromFile: the file is nil"},
		"nil pointer":      {brex.FileFromFile((*os.File)(nil)), brex.ErrUsage, "FileFromFile: the file is nil"},
		"nil reader":       {brex.FileFromReader("a.pdf", (*bytes.Reader)(nil), -1), brex.ErrUsage, `the reader of "a.pdf" is nil`},
		"closed":           {brex.FileFromFile(closed), fs.ErrClosed, "cannot be examined"},
		"directory":        {brex.FileFromFile(open(t.TempDir())), brex.ErrUsage, "is a directory, not a file"},
		"directory's path": {brex.FileFromPath(t.TempDir()), brex.ErrUsage, "is a directory, not a file"},
		"path of a socket": {brex.FileFromPath(socket), brex.ErrUsage, "not a regular file"},
		"pipe":             {brex.FileFromFile(pipe), brex.ErrUsage, "not a regular file, its size is unknown: read it with FileFromReader"},
		"too large":        {brex.FileFromFile(open(huge)), brex.ErrUsage, `"lunch.pdf" has 52428801 bytes; Brex accepts at most 50 MB`},
		"empty":            {brex.FileFromFile(open(tempFile(t, nil))), brex.ErrUsage, `"lunch.pdf" is empty`},
		"partly read":      {brex.FileFromFile(read), brex.ErrUsage, "bytes left to read of the 160009 that Stat reports: open it anew"},
		"zero":             {brex.File{}, brex.ErrUsage, "FileFromFile"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUploads(t)
			_, err := u.client(t).Receipts.Upload(context.Background(), "exp_1", test.file)
			var e *brex.Error
			require.ErrorAs(t, err, &e)
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.Equal(t, brex.OutcomeNotSent, e.Outcome())
			require.Empty(t, u.links)
		})
	}
}

// A file that somebody writes to meanwhile: what is sent must not be a mixture.
func TestUploadOfAFileThatChanges(t *testing.T) {
	for name, source := range map[string]func(*os.File) brex.File{
		"path":   func(f *os.File) brex.File { return brex.FileFromPath(f.Name()) },
		"file":   func(f *os.File) brex.File { return brex.FileFromFile(f) },
		"reader": func(f *os.File) brex.File { return brex.FileFromReader("lunch.pdf", f, -1) },
		"seeker": func(f *os.File) brex.File { return brex.FileFromFile(seekingFile{plainFile{f, new(int)}}) },
	} {
		for change, size := range map[string]int64{"grows": int64(len(receipt)) + 1, "shrinks": 10} {
			t.Run(name+" "+change, func(t *testing.T) {
				f, err := os.Open(tempFile(t, receipt))
				require.NoError(t, err)
				defer f.Close()
				u := newUploads(t)
				u.answer = func(_ int, w http.ResponseWriter, _ *http.Request) {
					if err := os.Truncate(f.Name(), size); err != nil {
						t.Error(err)
					}
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				_, err = u.client(t).Receipts.Upload(context.Background(), "exp_1", source(f))
				require.ErrorIs(t, err, brex.ErrUpload)
				// Which of the two depends on whether net/http still looks for more of the file when it grows.
				require.Regexp(t, "the file has (changed from 160009 to|grown beyond its 160009) ", err.Error())
				_, files := u.seen()
				require.Equal(t, [][]byte{receipt}, files, "nothing is sent of what it is now")
			})
		}
	}
}

// lying is an open file that has fewer bytes than it says.
type lying struct{ readerAtFile }

func (f lying) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return lyingInfo{info}, err
}

type lyingInfo struct{ fs.FileInfo }

func (i lyingInfo) Size() int64 { return i.FileInfo.Size() + 1000 }

func TestUploadOfAFileThatEndsEarly(t *testing.T) {
	u := newUploads(t)
	plain, _ := openFile(t, "a.pdf", receipt)
	_, err := u.client(t).Receipts.Match(context.Background(), brex.FileFromFile(lying{readerAtFile{plain}}))
	require.ErrorIs(t, err, brex.ErrUpload)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorContains(t, err, "ended after")
	puts, _ := u.seen()
	require.LessOrEqual(t, len(puts), 1, "it would be too short again")
}

func TestUploadOfAReaderAboveTheLimit(t *testing.T) {
	u := newUploads(t)
	_, err := u.client(t).Receipts.Match(context.Background(), brex.FileFromReader("a.pdf", once{io.MultiReader(strings.NewReader("%PDF"), zeros{})}, -1))
	require.ErrorIs(t, err, brex.ErrUsage)
	require.ErrorContains(t, err, "has more than 52428800 bytes; Brex accepts at most 50 MB")
	require.Empty(t, u.links)
}
