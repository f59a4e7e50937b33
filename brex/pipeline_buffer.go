package brex

import (
	"bytes"
	"sync"
)

// maxPooled is the capacity above which a buffer is left to the garbage collector rather than kept,
// in bytes.
const maxPooled = 4 << 20

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func getBuffer() *bytes.Buffer { return buffers.Get().(*bytes.Buffer) }

func putBuffer(b *bytes.Buffer) {
	if b == nil || b.Cap() > maxPooled {
		return
	}
	wipe(b)
	buffers.Put(b)
}

// wipe empties a buffer. What it held is overwritten: answers can hold card numbers.
func wipe(b *bytes.Buffer) {
	clear(b.Bytes())
	b.Reset()
}
