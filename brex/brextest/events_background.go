package brextest

import "time"

// startDelivery begins to send webhooks without being asked.
func (h *Handler) startDelivery() {
	if !h.config.webhooks.background {
		return
	}
	h.background.Go(func() {
		for {
			h.settle(h.clock.now())
			h.DeliverPending()
			// With a clock that stands the timer finds nothing due, and the wait
			// begins again; Advance delivers by itself.
			timer := time.NewTimer(min(max(h.nextThing().Sub(h.clock.now()), time.Millisecond), time.Hour))
			select {
			case <-h.closed:
				timer.Stop()
				return
			case <-h.woken:
			case <-timer.C:
			}
			timer.Stop()
		}
	})
}

// wake never blocks: one signal is enough for whatever has happened.
func (h *Handler) wake() {
	select {
	case h.woken <- struct{}{}:
	default:
	}
}

// Close ends what the sandbox does by itself: it lets go of the requests that a
// Hang or Latency fault holds, and ends background delivery. Responses are given
// as before. It may be called more than once; Server.Close calls it.
func (h *Handler) Close() {
	h.closing.Do(func() { close(h.closed) })
	h.background.Wait()
}
