package command_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestTicketCommand(t *testing.T) {
	t.Parallel()
	const key, other = "first-ticket-key-of-32-bytes-or-more", "second-ticket-key-of-32-bytes-or-more"
	keys := append([]string{"UPLOAD_TICKET_KEYS=" + key + "," + other}, cloud(t)...)
	for name, c := range map[string]struct {
		environ []string
		args    string
		code    int
		part    string       // of standard error
		scope   upload.Scope // of the ticket
		life    time.Duration
	}{
		"a ticket":        {keys, "ticket --video " + media + " --ttl 3h", 0, "", upload.ScopeUpload, 3 * time.Hour},
		"by default":      {keys, "ticket --video " + media, 0, "", upload.ScopeUpload, 2 * time.Hour},
		"to overwrite":    {keys, "ticket --video " + media + " --scope overwrite --ttl 24h", 0, "", upload.ScopeOverwrite, 24 * time.Hour},
		"no video":        {keys, "ticket", 2, "videoId", "", 0},
		"a wrong video":   {keys, "ticket --video a,b", 2, "videoId", "", 0},
		"another scope":   {keys, "ticket --video " + media + " --scope admin", 2, "upload or overwrite", "", 0},
		"too long":        {keys, "ticket --video " + media + " --ttl 25h", 2, "between 1s and 24h", "", 0},
		"no time":         {keys, "ticket --video " + media + " --ttl 0s", 2, "between 1s and 24h", "", 0},
		"no duration":     {keys, "ticket --video " + media + " --ttl soon", 2, "ttl", "", 0},
		"an argument":     {keys, "ticket " + media, 2, "ticket", "", 0},
		"no keys":         {cloud(t), "ticket --video " + media, 1, "UPLOAD_TICKET_KEYS", "", 0},
		"a short key":     {append([]string{"UPLOAD_TICKET_KEYS=short"}, cloud(t)...), "ticket --video " + media, 1, "32 bytes", "", 0},
		"bad environment": {[]string{"LOG_LEVEL=loud"}, "ticket --video " + media, 1, "LOG_LEVEL", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now().Truncate(time.Second)
			plain, encoded := run(t, c.environ, "", strings.Fields(c.args)...), run(t, c.environ, "", append(strings.Fields(c.args), "-o", "json")...)
			if plain.code != c.code || encoded.code != c.code || !strings.Contains(plain.errors, c.part) {
				t.Fatalf("got %d and %d, %s, want %d and %q", plain.code, encoded.code, plain.errors, c.code, c.part)
			}
			if c.code != 0 {
				if plain.out != "" {
					t.Errorf("prints %s", plain.out)
				}
				return
			}
			var got struct {
				Ticket, Scope string
				VideoID       string    `json:"video_id"`
				Expires       time.Time `json:"expires"`
			}
			if err := json.Unmarshal([]byte(encoded.out), &got); err != nil {
				t.Fatal(err)
			}
			if end := got.Expires.Sub(began); end < c.life || end > c.life+time.Minute || got.VideoID != media || got.Scope != string(c.scope) {
				t.Errorf("got %+v", got)
			}
			tickets, err := upload.NewTickets([]secret.Value{secret.New(key)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{strings.TrimSuffix(plain.out, "\n"), got.Ticket} {
				if pass, err := tickets.Verify(text); err != nil || pass != (upload.Pass{VideoID: media, Scope: c.scope}) {
					t.Errorf("%q admits to %+v, %v", text, pass, err)
				}
			}
			if strings.Contains(plain.out+plain.errors+encoded.errors, key) {
				t.Error("the key is shown")
			}
		})
	}
}

// With a simulator in place of the cloud, one terminal asks what another one serves.
func TestTicketsOfTheSimulator(t *testing.T) {
	t.Parallel()
	if got := run(t, nil, "", "ticket", "--video", media); got.code != 0 || strings.Count(got.out, ".") != 2 {
		t.Errorf("got %d %s %s", got.code, got.out, got.errors)
	}
}
