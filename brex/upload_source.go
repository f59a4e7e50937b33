package brex

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
)

// maxUpload is the largest file that Brex accepts, in bytes: 50 MB, counted generously.
const maxUpload = 50 << 20

// File is a file to upload, made with FileFromPath, FileFromFile or FileFromReader. Nothing is read
// before the upload. A file that can be read again from its start is, for every attempt; any other
// is kept in memory. If the size changes during the upload, the upload fails.
type File struct {
	name        string
	contentType string
	progress    func(sent, total int64)
	open        func() (readyFile, error)
}

// readyFile is a file ready to be read, as often as needed.
type readyFile struct {
	name  string // where only the file itself knows it
	size  int64
	read  func() (io.ReadCloser, error)
	start []byte // the first bytes, to tell the kind of file from
}

// FileFromPath returns the file at path, with the last part of the path as its name. The file is
// opened and closed for every attempt.
func FileFromPath(path string) File {
	return File{name: filepath.Base(path), open: func() (readyFile, error) {
		info, err := os.Stat(path) // opening a named pipe would wait for who writes to it
		if err == nil {
			err = regular(info)
		}
		if err != nil {
			return readyFile{}, err
		}
		f, err := os.Open(path)
		if err != nil {
			return readyFile{}, err
		}
		defer f.Close()
		start, err := head(f)
		return readyFile{size: info.Size(), start: start, read: func() (io.ReadCloser, error) { return reopen(path, info.Size()) }}, err
	}}
}

func reopen(path string, size int64) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unchanged(f, size); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// FileFromFile returns an open file, of an embed.FS or a zip archive for example: the whole file,
// however far it was read, with the name and size that its Stat reports. Close it after the upload;
// the upload does not. A file that can neither be read at an offset (io.ReaderAt) nor seek must not
// have been read yet and can be uploaded once.
func FileFromFile(f fs.File) File {
	return File{open: func() (readyFile, error) {
		if isNil(f) {
			return readyFile{}, usageError("FileFromFile: the file is nil")
		}
		info, err := f.Stat()
		if err != nil {
			return readyFile{}, fmt.Errorf("the file cannot be examined: %w", err)
		}
		if err := regular(info); err != nil {
			return readyFile{}, err
		}
		s, err := whole(f, info.Size())
		s.name = info.Name()
		return s, err
	}}
}

// whole is a source of an open file from its first byte.
func whole(f fs.File, size int64) (readyFile, error) {
	if at, ok := f.(io.ReaderAt); ok { // does not move the place at which the caller reads
		again := func() io.Reader { return io.NewSectionReader(at, 0, size+1) } // one more, to notice that it grows
		start, err := head(again())
		return readyFile{size: size, start: start, read: func() (io.ReadCloser, error) { return io.NopCloser(again()), unchanged(f, size) }}, err
	}
	if seeker, ok := f.(io.Seeker); ok {
		_, _ = seeker.Seek(0, io.SeekStart) // where it cannot, the bytes are counted below
	}
	s, err := readable(f)
	if err == nil && s.size != size {
		err = usageError("the file has %d bytes left to read of the %d that Stat reports: open it anew", s.size, size)
	}
	return s, err
}

// regular refuses what has no size.
func regular(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return usageError("%q is a directory, not a file", info.Name())
	case !info.Mode().IsRegular():
		return usageError("%q is not a regular file, its size is unknown: read it with FileFromReader", info.Name())
	}
	return nil
}

// unchanged refuses a file that is no longer as long as it was.
func unchanged(f fs.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("the file cannot be examined: %w", err)
	}
	return sameSize(info.Size(), size)
}

func sameSize(now, size int64) error {
	if now != size {
		return fmt.Errorf("the file has changed from %d to %d bytes since the upload began", size, now)
	}
	return nil
}

// FileFromReader returns the next size bytes of r as a file; -1 means all. A wrong size is an error
// before anything is sent. Such a File can be used for one upload at a time, and only once unless r
// can seek.
func FileFromReader(name string, r io.Reader, size int64) File {
	return File{name: name, open: func() (readyFile, error) {
		if isNil(r) {
			return readyFile{}, usageError("FileFromReader: the reader of %q is nil", name)
		}
		if size > maxUpload {
			return readyFile{}, tooLarge(name, size)
		}
		s, err := readable(r)
		if err == nil && size >= 0 && s.size != size {
			return readyFile{}, usageError("%q has %d bytes, not the %d given", name, s.size, size)
		}
		return s, err
	}}
}

// isNil is true for a nil pointer in an interface too.
func isNil(v any) bool {
	return v == nil || reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil()
}

// Named returns the file with another name. Brex accepts only ASCII in it, and derives the kind of
// file from the extension.
func (f File) Named(name string) File {
	f.name = name
	return f
}

// WithContentType returns the file with this media type. By default the type comes from the
// extension of the name or, if that is unknown, from the first bytes.
func (f File) WithContentType(mediaType string) File {
	f.contentType = mediaType
	return f
}

// WithProgress returns the file with a function that is called while the file is sent, from another
// goroutine, with the bytes sent in this attempt and the total. A further attempt begins at zero
// again.
func (f File) WithProgress(report func(sent, total int64)) File {
	f.progress = report
	return f
}

// prepare opens the file far enough to know that it can be uploaded.
func (f *File) prepare() (readyFile, error) {
	if f.open == nil {
		return readyFile{}, usageError("the file is empty: make it with FileFromPath, FileFromFile or FileFromReader")
	}
	s, err := f.open()
	if err != nil {
		return readyFile{}, err
	}
	if f.name == "" {
		f.name = s.name
	}
	switch {
	case s.size == 0:
		return readyFile{}, usageError("%q is empty", f.name)
	case s.size > maxUpload:
		return readyFile{}, tooLarge(f.name, s.size)
	}
	if f.contentType == "" {
		f.contentType = mediaTypes[strings.ToLower(path.Ext(f.name))]
	}
	if f.contentType == "" {
		f.contentType = http.DetectContentType(s.start)
	}
	return s, nil
}

func tooLarge(name string, size int64) error {
	return usageError("%q has %d bytes; Brex accepts at most 50 MB", name, size)
}

// mediaTypes of receipts and documents, here rather than from package mime, which reads tables that
// differ between machines.
var mediaTypes = map[string]string{
	".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".heic": "image/heic",
	".heif": "image/heif", ".webp": "image/webp", ".tif": "image/tiff", ".tiff": "image/tiff", ".bmp": "image/bmp", ".txt": "text/plain",
	".htm": "text/html", ".html": "text/html", ".eml": "message/rfc822",
}

// readable is a source from a reader.
func readable(r io.Reader) (readyFile, error) {
	seeker, ok := r.(io.ReadSeeker)
	from := int64(0)
	if ok {
		var err error
		from, err = seeker.Seek(0, io.SeekCurrent)
		ok = err == nil // a pipe is an os.File as well, and cannot seek
	}
	if !ok {
		var all bytes.Buffer // grows faster than io.ReadAll's
		if _, err := all.ReadFrom(io.LimitReader(r, maxUpload+1)); err != nil {
			return readyFile{}, fmt.Errorf("reading the file: %w", err)
		}
		if all.Len() > maxUpload {
			return readyFile{}, usageError("the file has more than %d bytes; Brex accepts at most 50 MB", maxUpload)
		}
		seeker, from = bytes.NewReader(all.Bytes()), 0
	}
	rewind := func() (int64, error) {
		end, err := seeker.Seek(0, io.SeekEnd)
		if err == nil {
			_, err = seeker.Seek(from, io.SeekStart)
		}
		if err != nil {
			return 0, fmt.Errorf("seeking in the file: %w", err)
		}
		return end - from, nil
	}
	size, err := rewind()
	if err != nil {
		return readyFile{}, err
	}
	start, err := head(seeker)
	return readyFile{size: size, start: start, read: func() (io.ReadCloser, error) {
		now, err := rewind()
		if err == nil {
			err = sameSize(now, size)
		}
		return io.NopCloser(seeker), err
	}}, err
}

// head is what http.DetectContentType looks at.
func head(r io.Reader) ([]byte, error) {
	start := make([]byte, 512)
	n, err := io.ReadFull(r, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return start[:n], err
}
