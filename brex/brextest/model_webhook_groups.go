package brextest

import (
	"encoding/json"
	"slices"
)

// memberKey says which group a member is in.
type memberKey struct{ group string }

func memberKeyOf(o object) memberKey { return memberKey{o.str("group_id")} }

func (h *Handler) webhookGroupModels(m map[string]serveFunc) {
	groups := func(s *state) *table[nameKey] { return s.webhookGroups }
	m["listWebhookGroups"] = lists(groups)
	m["getWebhookGroup"] = gets(groups, "id", webhookGroupNotFound)
	m["createWebhookGroup"] = func(c *call) (answer, *problem) {
		if c.body.str("name") == "" {
			return answer{}, invalid("name") // a response may not hold an empty one
		}
		o := object{}.set("id", c.state.newID(prefixWebhookGroup, c.now)).with("name", c.body.get("name"))
		c.state.webhookGroups.mustAdd(o)
		return ok(o)
	}
	m["deleteWebhookGroup"] = deleteWebhookGroup
	m["listWebhookGroupMembers"] = func(c *call) (answer, *problem) {
		if _, p := byID(c, c.state.webhookGroups, "id", webhookGroupNotFound); p != nil {
			return answer{}, p
		}
		group := c.path("id")
		return list(c, c.state.webhookMembers, 0, func(k *memberKey) bool { return k.group == group })
	}
	m["addWebhookGroupMembers"] = changeMembers((*state).addMember)
	m["removeWebhookGroupMembers"] = changeMembers((*state).removeMember)
}

const webhookGroupNotFound = "WEBHOOK_GROUP_NOT_FOUND"

// deleteWebhookGroup takes the group's members and its subscription along.
func deleteWebhookGroup(c *call) (answer, *problem) {
	s := c.state
	row, p := byID(c, s.webhookGroups, "id", webhookGroupNotFound)
	if p != nil {
		return answer{}, p
	}
	group := c.path("id")
	for member, k := range s.webhookMembers.keys {
		if k.group == group && !s.webhookMembers.gone[member] {
			s.webhookMembers.remove(member)
		}
	}
	for subscription, k := range s.hooks.keys {
		if k.group == group && !s.hooks.gone[subscription] {
			s.hooks.remove(subscription)
		}
	}
	s.webhookGroups.remove(row)
	return answer{status: 200}, nil
}

// changeMembers adds or removes the members that the body names. A member that
// is there already, or is not there any more, is not an error.
func changeMembers(change func(s *state, group, id string, kind json.RawMessage)) serveFunc {
	return func(c *call) (answer, *problem) {
		if _, p := byID(c, c.state.webhookGroups, "id", webhookGroupNotFound); p != nil {
			return answer{}, p
		}
		members := c.body.list("members")
		if slices.ContainsFunc(members, func(raw json.RawMessage) bool { return mustObject(raw).str("member_id") == "" }) {
			return answer{}, invalid("members")
		}
		for _, raw := range members {
			o := mustObject(raw)
			change(c.state, c.path("id"), o.str("member_id"), o.get("member_type"))
		}
		return answer{status: 200}, nil
	}
}

// memberRow is the id of a row of the members' table, which no response shows.
func memberRow(group, id string) string { return group + "/" + id }

func (s *state) addMember(group, id string, kind json.RawMessage) {
	if s.webhookMembers.has(memberRow(group, id)) {
		return
	}
	s.webhookMembers.mustAdd(object{}.set("row", memberRow(group, id)).
		set("group_id", group).set("member_id", id).with("member_type", kind))
}

func (s *state) removeMember(group, id string, _ json.RawMessage) {
	if row, found := s.webhookMembers.find(memberRow(group, id)); found {
		s.webhookMembers.remove(row)
	}
}

func showMember(o object, _ view) object { return o.pick("group_id", "member_id", "member_type") }
