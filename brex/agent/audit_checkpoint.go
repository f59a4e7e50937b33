package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// checkSigned checks that the log still ends with what the checkpoint beside it covers, or goes on
// from there: otherwise the next checkpoint would hide that lines were removed or changed.
func (l *Log) checkSigned() error {
	text, err := os.ReadFile(filepath.Join(l.dir, checkpointName))
	if l.opts.Signer == nil || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	seq, hash, err := checkpointOf(string(text))
	if err != nil {
		return fmt.Errorf("the checkpoint: %w", err)
	}
	names, err := logFiles(l.dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Backward(names) {
		first := tail{name: name}
		if _, err := fmt.Sscanf(name, logPrefix+"%d", &first.seq); err != nil || first.seq > seq {
			continue
		}
		first.seq, first.until = first.seq-1, seq
		if err := first.read(l.dir, nil); err != nil {
			return err
		}
		if first.seq != seq || first.hash != hash {
			break
		}
		return nil
	}
	return fmt.Errorf("the log does not have record %d as the checkpoint covers it: lines were removed or changed; "+
		"see brex agents audit verify", seq)
}
