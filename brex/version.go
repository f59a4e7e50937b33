package brex

import (
	"fmt"
	"runtime"
)

// Version is the version of this package; it is part of the User-Agent.
const Version = "0.1.0"

var userAgent = fmt.Sprintf("brex-go/%s (%s; %s/%s)", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
