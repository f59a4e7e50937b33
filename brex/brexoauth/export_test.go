package brexoauth

import (
	"context"
	"os"
	"time"
)

// SetCrashPoint lets a test act between two steps of a refresh.
func SetCrashPoint(f func(point string, file *os.File, data []byte)) { crashPoint = f }

// SetWait replaces the pauses between attempts.
func (c *Client) SetWait(f func(context.Context, time.Duration) error) { c.wait = f }
