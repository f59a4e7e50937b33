package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/mirror/report"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

const remindLong = `With --remind the command makes a message for each person who lacks receipts, and prints it, or with
--notify sends it to an address as JSON by POST. Who was told of which expenses and when is added to
the file of --reminders once that is done, and nobody is told of an expense again before
--again-after. Nothing else happens: no card and no expense is locked or changed.`

// reminder tells people of receipts that are missing.
type reminder struct {
	on     bool
	notify string
	file   string
	again  time.Duration
}

func (m *reminder) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&m.on, "remind", false, "make a message for each person, and note who was told when")
	f.StringVar(&m.notify, "notify", "", "with --remind: send each message to this `address`, as JSON by POST")
	f.StringVar(&m.file, "reminders", "brex-reminders.jsonl", "with --remind: the `file` that has who was told when")
	f.DurationVar(&m.again, "again-after", 7*24*time.Hour, "with --remind: tell nobody of an expense twice within this `time`")
}

func (m *reminder) check() error {
	if m.notify != "" && !m.on {
		return usagef("--notify goes with --remind")
	}
	if m.again < 0 {
		return usagef("--again-after %v is negative", m.again)
	}
	return checkNotify(m.notify)
}

// told is a line of the file of reminders.
type told struct {
	At       time.Time `json:"at"`
	Company  string    `json:"company_id"`
	User     string    `json:"user_id"`
	Email    string    `json:"email,omitempty"`
	Expenses []string  `json:"expense_ids"`
	How      string    `json:"how"` // printed or posted
}

// message is what a person is told.
type message struct {
	Company  string            `json:"company_id"`
	User     string            `json:"user_id"`
	Name     string            `json:"user"`
	Email    string            `json:"email"`
	Text     string            `json:"text"`
	Expenses []json.RawMessage `json:"expenses"`

	ids []string
}

// remind tells each person, and notes it.
func (m *reminder) remind(ctx context.Context, a *App, r *report.Report, now time.Time) (err error) {
	before, end, err := readTold(m.file)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, t := range before {
		for _, id := range t.Expenses {
			known[t.User+" "+id] = known[t.User+" "+id] || t.Company == r.Company && now.Sub(t.At) < m.again
		}
	}
	messages, err := messagesOf(r, func(user, expense string) bool { return !known[user+" "+expense] })
	if err != nil {
		return err
	}
	f, err := os.OpenFile(m.file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err != nil || info.Size() > end { // a last line was cut off
		if err = errors.Join(err, f.Truncate(end)); err != nil {
			return err
		}
	}
	var failed error
	n := 0
	for i := range messages {
		how, err := m.tell(ctx, a, &messages[i])
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		line, err := json.Marshal(told{now.UTC(), r.Company, messages[i].User, messages[i].Email, messages[i].ids, how})
		if err != nil {
			return err
		}
		if _, err := f.Write(append(line, '\n')); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		n++
	}
	a.note("%d of %d told; %d of %d missing receipts had been told of within %v", n, len(messages), len(r.Lines)-expensesOf(messages), len(r.Lines), m.again)
	if failed != nil {
		return partlyError{fmt.Sprintf("%d of %d could not be told and are not noted: %v", len(messages)-n, len(messages), firstLine(failed))}
	}
	return nil
}

func expensesOf(messages []message) (n int) {
	for _, m := range messages {
		n += len(m.ids)
	}
	return n
}

// tell prints or posts a message.
func (m *reminder) tell(ctx context.Context, a *App, to *message) (how string, err error) {
	if m.notify != "" {
		return "posted", post(ctx, m.notify, to)
	}
	_, err = fmt.Fprintf(stdout{a.Stdout}, "To: %s <%s>\n%s\n", output.Clean(to.Name), output.Clean(to.Email), to.Text)
	return "printed", err
}

// messagesOf makes a message for each person, of the expenses that are due.
func messagesOf(r *report.Report, due func(user, expense string) bool) (all []message, err error) {
	text := func(l report.Line, column string) string { s, _ := r.Value(l, column).(string); return s }
	for _, l := range r.Lines {
		user, id := text(l, "user_id"), text(l, "expense_id")
		if !due(user, id) {
			continue
		}
		if len(all) == 0 || all[len(all)-1].User != user {
			all = append(all, message{Company: r.Company, User: user, Name: text(l, "user"), Email: text(l, "email"),
				Text: "These expenses have no receipt yet, as Brex showed at " + r.Streams[0].Read.UTC().Format("2006-01-02 15:04 UTC") + ":\n"})
		}
		m := &all[len(all)-1]
		object, err := r.Object(l)
		if err != nil {
			return nil, err
		}
		m.ids, m.Expenses = append(m.ids, id), append(m.Expenses, object)
		m.Text += output.Clean(fmt.Sprintf("- %s %s, %v (%s)", text(l, "purchased_at"), text(l, "merchant"), r.Value(l, "amount"), id)) + "\n"
	}
	return all, nil
}

// readTold reads the file of reminders, and says where its last whole line ends.
func readTold(name string) (all []told, end int64, err error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return all, end, nil // the rest is not a whole line
		}
		var t told
		if json.Unmarshal([]byte(line), &t) != nil || strings.TrimSpace(t.User) == "" {
			return nil, 0, usagef("--reminders %s is not a file of reminders: line %d", name, len(all)+1)
		}
		all, end = append(all, t), end+int64(len(line))
	}
}
