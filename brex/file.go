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
	"strings"
)

// maxUpload is the largest file that Brex takes, in bytes: 50 MB, counted generously.
const maxUpload = 50 << 20

// File is a file to upload, made with FileFromPath, FileFromFS or FileFromReader. Nothing is opened before the upload. Files
// that are opened and readers that can seek are read anew for every attempt; other readers are kept in memory.
type File struct {
	name        string
	contentType string
	progress    func(sent, total int64)
	open        func() (readyFile, error)
}

// readyFile is a file ready to be read, as often as needed.
type readyFile struct {
	size  int64
	read  func() (io.ReadCloser, error)
	start []byte // the first bytes, to tell the kind of file from
}

// FileFromPath is the file at path of the operating system, under the last part of its path as its name.
func FileFromPath(path string) File {
	return File{name: filepath.Base(path), open: func() (readyFile, error) {
		return opened(func() (fs.File, error) { return os.Open(path) })
	}}
}

// FileFromFS is a file of a file system, under the last part of its path as its name.
func FileFromFS(fsys fs.FS, name string) File {
	return File{name: path.Base(name), open: func() (readyFile, error) {
		if fsys == nil {
			return readyFile{}, usageError("FileFromFS: the file system is nil")
		}
		return opened(func() (fs.File, error) { return fsys.Open(name) })
	}}
}

// FileFromReader is what r reads from where it stands, size bytes of it; -1 means whatever there is. A size that turns out to
// be wrong is an error before anything is sent. Such a File is good for one upload at a time, and for one only unless r can
// seek.
func FileFromReader(name string, r io.Reader, size int64) File {
	return File{name: name, open: func() (readyFile, error) {
		if r == nil {
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

// Named gives the file another name. Brex takes ASCII only there, and uses the ending to tell the kind of file.
func (f File) Named(name string) File {
	f.name = name
	return f
}

// WithContentType sends the file as this media type. By default it comes from the ending of the name or, where that says
// nothing, from the first bytes.
func (f File) WithContentType(mediaType string) File {
	f.contentType = mediaType
	return f
}

// WithProgress has report called while the file is sent, from another goroutine, with the bytes sent of this attempt and all
// there are. A further attempt begins at zero again.
func (f File) WithProgress(report func(sent, total int64)) File {
	f.progress = report
	return f
}

// prepare opens the file far enough to know that it can be uploaded.
func (f *File) prepare() (readyFile, error) {
	if f.open == nil {
		return readyFile{}, usageError("the file is empty: make it with FileFromPath, FileFromFS or FileFromReader")
	}
	s, err := f.open()
	if err != nil {
		return readyFile{}, err
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
	return usageError("%q has %d bytes; Brex takes 50 MB at the most", name, size)
}

// mediaTypes of receipts and documents, here rather than from package mime, which reads tables that differ between machines.
var mediaTypes = map[string]string{
	".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".heic": "image/heic",
	".heif": "image/heif", ".webp": "image/webp", ".tif": "image/tiff", ".tiff": "image/tiff", ".bmp": "image/bmp", ".txt": "text/plain",
	".htm": "text/html", ".html": "text/html", ".eml": "message/rfc822",
}

// opened is a source that is opened anew for every reading.
func opened(open func() (fs.File, error)) (readyFile, error) {
	f, err := open()
	if err != nil {
		return readyFile{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return readyFile{}, err
	}
	if !info.Mode().IsRegular() {
		return readyFile{}, usageError("%q is no regular file", info.Name())
	}
	start, err := head(f)
	return readyFile{size: info.Size(), start: start, read: func() (io.ReadCloser, error) { return open() }}, err
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
		seeker, from = bytes.NewReader(all.Bytes()), 0
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return readyFile{}, fmt.Errorf("seeking in the file: %w", err)
	}
	rewind := func() error {
		if _, err := seeker.Seek(from, io.SeekStart); err != nil {
			return fmt.Errorf("seeking in the file: %w", err)
		}
		return nil
	}
	if err := rewind(); err != nil {
		return readyFile{}, err
	}
	start, err := head(seeker)
	return readyFile{size: end - from, start: start, read: func() (io.ReadCloser, error) { return io.NopCloser(seeker), rewind() }}, err
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
