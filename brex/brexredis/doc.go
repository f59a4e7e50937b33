// Package brexredis lets several machines share one Redis: a limiter and a webhook store.
package brexredis
