//go:build keyring

package cli

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// desktop is a session bus, and the user's home.
type desktop struct {
	t       *testing.T
	address string
	home    string
	conn    *dbus.Conn
	owners  chan *dbus.Signal // of the keyring's name
	over    chan struct{}     // closed, it ends
}

// bus starts a bus that starts nothing by itself: neither a keyring nor a program that asks for its password.
func bus(t *testing.T) *desktop {
	t.Helper()
	dir, err := os.MkdirTemp("", "bus") // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "bus.conf")
	require.NoError(t, os.WriteFile(config, []byte(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=`+dir+`</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`), 0o600))
	over := make(chan struct{})
	out := daemon(t, nil, over, "dbus-daemon", "--config-file="+config, "--nofork", "--print-address=1")
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	d := &desktop{t: t, address: strings.TrimSpace(address), home: t.TempDir(), over: over}
	d.conn, err = dbus.Connect(d.address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.conn.Close() })
	d.owners = make(chan *dbus.Signal, 10)
	d.conn.Signal(d.owners)
	require.NoError(t, d.conn.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, secretService)))
	return d
}

// daemon runs a program until the test or stop ends, and gives its output.
func daemon(t *testing.T, env []string, stop <-chan struct{}, name string, args ...string) io.Reader {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = env
	cmd.Stdin = strings.NewReader("password of the keyring")
	out, w, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout = w
	require.NoError(t, cmd.Start(), "install the Debian packages dbus-daemon and gnome-keyring")
	require.NoError(t, w.Close())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed
	end := func() { _ = cmd.Process.Kill(); <-ended }
	t.Cleanup(func() { end(); _ = out.Close() })
	if stop != nil {
		go func() { <-stop; end() }()
	}
	return out
}

const secretService = "org.freedesktop.secrets"

// keyring starts the keyring, unlocked, and returns when it is there. The function it gives ends it.
func (d *desktop) keyring() (end func()) {
	d.t.Helper()
	stop := make(chan struct{})
	daemon(d.t, []string{"HOME=" + d.home, "XDG_RUNTIME_DIR=" + d.home, "DBUS_SESSION_BUS_ADDRESS=" + d.address}, stop,
		"gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	require.NotEmpty(d.t, d.owner())
	return func() {
		close(stop)
		require.Empty(d.t, d.owner())
	}
}

// owner waits until the keyring has come or gone.
func (d *desktop) owner() string {
	d.t.Helper()
	for {
		select {
		case s := <-d.owners:
			if len(s.Body) == 3 { // not the first, which names this connection
				return s.Body[2].(string)
			}
		case <-time.After(time.Minute):
			require.Fail(d.t, "the keyring does not come or go")
			return ""
		}
	}
}

// lock locks the keyring, as the user can.
func (d *desktop) lock() {
	d.t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	require.NoError(d.t, d.conn.Object(secretService, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0,
		[]dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}).Store(&locked, &prompt))
	require.Len(d.t, locked, 1)
}

// items are the secrets of this program, as others find them.
func (d *desktop) items(name string) (unlocked, locked []dbus.ObjectPath) {
	d.t.Helper()
	require.NoError(d.t, d.conn.Object(secretService, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.SearchItems", 0,
		map[string]string{"service": profile.KeyringService, "username": name}).Store(&unlocked, &locked))
	return unlocked, locked
}

// expire lets the access token run out that the keyring has.
func (d *desktop) expire(profile string) {
	d.t.Helper()
	unlocked, _ := d.items(profile)
	require.Len(d.t, unlocked, 1)
	item := d.conn.Object(secretService, unlocked[0])
	var nothing dbus.Variant
	var session dbus.ObjectPath
	require.NoError(d.t, d.conn.Object(secretService, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.OpenSession", 0,
		"plain", dbus.MakeVariant("")).Store(&nothing, &session))
	var secret struct {
		Session           dbus.ObjectPath
		Parameters, Value []byte
		ContentType       string
	}
	require.NoError(d.t, item.Call("org.freedesktop.Secret.Item.GetSecret", 0, session).Store(&secret))
	login, err := brexoauth.DecodeToken(secret.Value)
	require.NoError(d.t, err)
	login.Obtained, login.Expiry = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	secret.Value, err = login.Encode()
	require.NoError(d.t, err)
	require.NoError(d.t, item.Call("org.freedesktop.Secret.Item.SetSecret", 0, secret).Err)
}

// brex is the program at this desktop.
func (d *desktop) brex(url string) *built {
	d.t.Helper()
	b := buildProgram(d.t, "BREX_BASE_URL="+url, "DBUS_SESSION_BUS_ADDRESS="+d.address)
	b.env = append(b.env, "HOME="+d.home, "XDG_CONFIG_HOME="+d.home) // the last counts
	b.home = d.home
	return b
}

// keptIn demands that a token is in these files of the home and in no other.
func (d *desktop) keptIn(token string, files ...string) {
	d.t.Helper()
	var found []string
	require.NoError(d.t, filepath.WalkDir(d.home, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), token) {
			found = append(found, strings.TrimPrefix(path, d.home+"/"))
		}
		return err
	}))
	assert.Equal(d.t, files, found)
}

// prompter is what GNOME's keyring asks to ask for a password. It begins, and that is all.
type prompter struct{ asked chan struct{} }

// BeginPrompting is called over the bus.
func (p prompter) BeginPrompting(dbus.ObjectPath) *dbus.Error { p.asked <- struct{}{}; return nil }

// StopPrompting is called over the bus.
func (p prompter) StopPrompting(dbus.ObjectPath) *dbus.Error { return nil }

// prompter answers the keyring's questions from now on.
func (d *desktop) prompter() prompter {
	d.t.Helper()
	p := prompter{make(chan struct{}, 100)}
	require.NoError(d.t, d.conn.Export(p, "/org/gnome/keyring/Prompter", "org.gnome.keyring.internal.Prompter"))
	_, err := d.conn.RequestName("org.gnome.keyring.SystemPrompter", 0)
	require.NoError(d.t, err)
	return p
}
