package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/schema"
)

// completionAge is how long ids that complete are kept: a person presses TAB several times in a row.
const completionAge = time.Minute

// completeObjects lets the shell complete ids of a kind of objects.
func completeObjects(a *App, cmd *cobra.Command, flag, kind string) {
	if kinds[kind].list == nil {
		return
	}
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return a.objectNames(cmd.Context(), kind, typed), cobra.ShellCompDirectiveNoFileComp
	}) // fails on an unknown flag only
}

// completeArgument lets the shell complete the id in the path of an operation.
func (a *App) completeArgument(op *brex.Operation) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= len(op.PathParams) && (len(op.PathParams) != 1 || op.Access == brex.AccessRead) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		p := op.PathParams[min(len(args), len(op.PathParams)-1)]
		return a.objectNames(cmd.Context(), namedBy(op, p.Name), typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeMembers lets the shell complete the members of a body for --set.
func completeMembers(cmd *cobra.Command, doc *document, body *schema.Schema) {
	_ = cmd.RegisterFlagCompletionFunc("set", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var found []cobra.Completion
		for _, m := range doc.members(body) {
			found = append(found, cobra.CompletionWithDesc(strings.ReplaceAll(m.Name, "[]", "[0]")+"=", m.Type))
		}
		return found, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}) // fails on an unknown flag only
}

// objectNames are the ids of a kind with what people call them; from a file that is a minute old at most, or else from Brex. What
// fails completes nothing.
func (a *App) objectNames(ctx context.Context, name, typed string) (found []cobra.Completion) {
	k, ok := kinds[name]
	if !ok {
		return nil
	}
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	a.ctx = ctx
	s, err := a.connect()
	if err != nil {
		return nil
	}
	labels, file := map[string]string{}, a.completionFile(s, name)
	info, err := os.Stat(file)
	text, readErr := os.ReadFile(file)
	if err != nil || a.Now().Sub(info.ModTime()) > completionAge || readErr != nil || json.Unmarshal(text, &labels) != nil {
		rows, err := s.finder().all(ctx, name, "")
		if err != nil {
			return nil
		}
		for _, o := range rows {
			if !o.over() {
				labels[o.id()] = k.label(o)
			}
		}
		if text, err := json.Marshal(labels); err == nil && file != "" && os.MkdirAll(filepath.Dir(file), 0o700) == nil {
			_ = os.WriteFile(file, text, 0o600) // else the next TAB asks again
		}
	}
	for id, label := range labels {
		if strings.HasPrefix(id, typed) {
			found = append(found, cobra.CompletionWithDesc(id, label))
		}
	}
	return found
}

// completionFile is where the names of a kind are kept for a profile or a token; empty for nowhere. They are names and ids, never secrets.
func (a *App) completionFile(s *session, name string) string {
	if a.ConfigDir == nil || s.inMemory {
		return ""
	}
	dir, err := a.ConfigDir()
	if err != nil {
		return ""
	}
	whose := sandboxProfile
	switch {
	case s.cred.Profile != nil:
		whose = s.cred.Profile.Name
	case s.cred.Kind == "": // the sandbox in the background
	case a.Getenv("BREX_TOKEN") == "":
		return ""
	default: // as its hash, which says whose names they are, and not the token
		sum := sha256.Sum256([]byte(s.base + " " + a.Getenv("BREX_TOKEN")))
		whose = hex.EncodeToString(sum[:8])
	}
	return filepath.Join(dir, "brex", "names-"+whose+"-"+name+".json")
}
