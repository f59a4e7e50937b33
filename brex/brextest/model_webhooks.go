package brextest

import "net/url"

// subscriptionKey is what subscriptions are chosen by.
type subscriptionKey struct {
	url, status, group, client string
	events                     []string
}

// subscriptionKeyOf reads the stored document, which has a member client that
// no response shows.
func subscriptionKeyOf(o object) subscriptionKey {
	k := subscriptionKey{url: o.str("url"), status: o.str("status"), group: o.str("group_id"), client: o.str("client")}
	for _, raw := range o.list("event_types") {
		k.events = append(k.events, text(raw))
	}
	return k
}

func (s *state) initWebhooks() {
	s.hooks = newTable("webhook_subscriptions", subscriptionKeyOf)
	s.hooks.show = showSubscription
	s.webhookGroups = newTable("webhook_groups", nameKeyOf)
	s.webhookMembers = newTable("webhook_group_members", memberKeyOf)
	s.webhookMembers.idKey, s.webhookMembers.show = "row", showMember
}

func (h *Handler) webhookModels(m map[string]serveFunc) {
	subscriptions := func(s *state) *table[subscriptionKey] { return s.hooks }
	m["listWebhookSubscriptions"] = lists(subscriptions)
	m["getWebhookSubscription"] = gets(subscriptions, "id", "WEBHOOK_SUBSCRIPTION_NOT_FOUND")
	m["createWebhookSubscription"] = createSubscription
	m["updateWebhookSubscription"] = updateSubscription
	m["deleteWebhookSubscription"] = func(c *call) (answer, *problem) {
		row, p := byID(c, c.state.hooks, "id", "WEBHOOK_SUBSCRIPTION_NOT_FOUND")
		if p != nil {
			return answer{}, p
		}
		c.state.hooks.remove(row)
		return answer{status: 200}, nil
	}
	m["listWebhookSecrets"] = func(c *call) (answer, *problem) {
		return answer{status: 200, body: c.state.secretRows()}, nil
	}
	h.webhookGroupModels(m)
}

// showSubscription hides what only the sandbox knows.
func showSubscription(o object, _ view) object {
	return o.pick("id", "url", "event_types", "status", "group_id")
}

// checkSubscription validates the url and the events of a request.
func (c *call) checkSubscription() *problem {
	// Brex wants https; a listener in a test has none.
	u, err := url.Parse(c.body.str("url"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return invalid("url")
	}
	events := c.body.list("event_types")
	if len(events) == 0 {
		return invalid("event_types")
	}
	return nil
}

// createSubscription registers an endpoint. A client has one, and one more for
// each of its groups.
func createSubscription(c *call) (answer, *problem) {
	s := c.state
	if p := c.checkSubscription(); p != nil {
		return answer{}, p
	}
	group := c.body.str("group_id")
	if group != "" && !s.webhookGroups.has(group) {
		return answer{}, invalid("group_id")
	}
	client := c.token.account()
	for row, k := range s.hooks.keys {
		if !s.hooks.gone[row] && k.client == client && k.group == group {
			return answer{}, conflict("a webhook endpoint is already registered for this client", "WEBHOOK_ALREADY_REGISTERED")
		}
	}
	o := object{}.set("id", s.newID(prefixSubscription, c.now)).
		with("url", c.body.get("url")).
		with("event_types", c.body.get("event_types")).
		set("status", "ACTIVE").
		set("group_id", orNil(group)).
		set("client", client)
	s.hooks.mustAdd(o)
	return ok(showSubscription(o, 0))
}

func updateSubscription(c *call) (answer, *problem) {
	t := c.state.hooks
	row, p := byID(c, t, "id", "WEBHOOK_SUBSCRIPTION_NOT_FOUND")
	if p == nil {
		p = c.checkSubscription()
	}
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	for _, name := range []string{"url", "event_types", "status"} {
		o = o.with(name, c.body.get(name))
	}
	t.put(row, o)
	return answer{status: 200, body: t.append(nil, row, 0)}, nil
}
