//go:build databases && linux

package replicas

func (c child) receive() {}
