package webhook_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

func prefix(s string) netip.Prefix {
	p, _ := netip.ParsePrefix(s)
	return p
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, prefix(s))
	}
	return out
}

func TestOnlyFromBrex(t *testing.T) {
	proxies := prefixes("10.0.0.0/8", "fd00::/8")
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		proxies   []netip.Prefix
		want      int
	}{
		"Brex":                            {remote: "44.228.126.217:443", want: 200},
		"Brex, each 2":                    {remote: "50.112.21.217:443", want: 200},
		"Brex, each 3":                    {remote: "52.24.126.164:443", want: 200},
		"Brex, each 4":                    {remote: "54.148.139.208:443", want: 200},
		"Brex over IPv6":                  {remote: "[2600:1f24:64:8000::1]:443", want: 200},
		"Brex over IPv6, end":             {remote: "[2600:1f24:64:8fff:ffff::]:443", want: 200},
		"beside it":                       {remote: "[2600:1f24:64:9000::]:443", want: 403},
		"Brex, mapped":                    {remote: "[::ffff:44.228.126.217]:443", want: 200},
		"no port":                         {remote: "44.228.126.217", want: 200},
		"neighbour":                       {remote: "44.228.126.218:443", want: 403},
		"nothing":                         {remote: "", want: 403},
		"a socket":                        {remote: "@", want: 403},
		"forged header":                   {remote: "203.0.113.9:1", forwarded: []string{"44.228.126.217"}, want: 403},
		"forged header, others trusted":   {remote: "203.0.113.9:1", forwarded: []string{"44.228.126.217"}, proxies: proxies, want: 403},
		"one proxy":                       {remote: "10.0.0.1:1", forwarded: []string{"44.228.126.217"}, proxies: proxies, want: 200},
		"one proxy over IPv6":             {remote: "[fd00::1%eth0]:1", forwarded: []string{"2600:1f24:64:8000::7"}, proxies: proxies, want: 200},
		"a proxy that adds ports":         {remote: "10.0.0.1:1", forwarded: []string{"44.228.126.217:5000"}, proxies: proxies, want: 200},
		"and brackets":                    {remote: "10.0.0.1:1", forwarded: []string{"[2600:1f24:64:8000::7]:5000"}, proxies: proxies, want: 200},
		"two proxies":                     {remote: "10.0.0.1:1", forwarded: []string{"44.228.126.217, 10.0.0.2"}, proxies: proxies, want: 200},
		"two proxies, two lines":          {remote: "10.0.0.1:1", forwarded: []string{"44.228.126.217", "10.0.0.2"}, proxies: proxies, want: 200},
		"forged before the proxy":         {remote: "10.0.0.1:1", forwarded: []string{"44.228.126.217, 203.0.113.9"}, proxies: proxies, want: 403},
		"forged on a line of its own":     {remote: "10.0.0.1:1", forwarded: []string{"44.228.126.217", "203.0.113.9"}, proxies: proxies, want: 403},
		"garbage next to the proxy":       {remote: "10.0.0.1:1", forwarded: []string{"44.228.126.217, unknown"}, proxies: proxies, want: 403},
		"an empty entry":                  {remote: "10.0.0.1:1", forwarded: []string{"44.228.126.217, "}, proxies: proxies, want: 403},
		"proxy that says nothing":         {remote: "10.0.0.1:1", proxies: proxies, want: 403},
		"only proxies":                    {remote: "10.0.0.1:1", forwarded: []string{"10.0.0.3, 10.0.0.2"}, proxies: proxies, want: 403},
		"Brex's address, but a bad proxy": {remote: "192.168.0.1:1", forwarded: []string{"44.228.126.217"}, proxies: proxies, want: 403},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := newHandler(t, webhook.On((&count{}).on), webhook.OnlyFromBrex(c.proxies...))
			r := request(t, processed)
			r.RemoteAddr = c.remote
			if c.forwarded != nil {
				r.Header["X-Forwarded-For"] = c.forwarded
			}
			require.Equal(t, c.want, serve(h, r))
		})
	}
}

func TestOnlyFromIsNotTheSignature(t *testing.T) {
	h, _ := newHandler(t, webhook.On((&count{}).on), webhook.OnlyFrom(prefixes("127.0.0.1/32")))
	r := requestSigned(t, secretC, processed)
	r.RemoteAddr = "127.0.0.1:1"
	require.Equal(t, http.StatusUnauthorized, serve(h, r))
	r = request(t, processed)
	r.RemoteAddr = "127.0.0.1:1"
	require.Equal(t, http.StatusOK, serve(h, r))
}
