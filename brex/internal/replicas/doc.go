// Package replicas shows what packages brexpg and brexredis promise, with processes that are killed and servers that are restarted:
// make replicas, and a short form of the same in make databases.
package replicas
