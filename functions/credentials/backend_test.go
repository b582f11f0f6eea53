package credentials_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// mintTicket is the README's, to the letter.
func mintTicket(videoID string, key []byte) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": videoID, "scope": "upload", "exp": time.Now().Add(2 * time.Hour).Unix(),
	}).SignedString(key)
}

// sample is the README's block of a language that has a function to mint with.
func sample(t *testing.T, language string) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(readme), "```"+language+"\n") {
		if text, _, _ := strings.Cut(block, "```"); strings.Contains(text, "function mintTicket") || strings.Contains(text, "func mintTicket") {
			return text
		}
	}
	t.Fatalf("the README has no %s sample", language)
	return ""
}

// The tickets that the README's back-ends mint are good.
func TestBackEndsOfTheReadme(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef0123456789abcdef"
	own, err := os.ReadFile("backend_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if text := sample(t, "go"); !strings.Contains(string(own), text) {
		t.Errorf("the README's Go is another than that of this test:\n%s", text)
	}
	ticket, err := mintTicket(video, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	minted := map[string]string{"Go": ticket}
	script := sample(t, "js") + "\nprocess.stdout.write(mintTicket('" + video + "', '" + key + "'))"
	if node, err := exec.LookPath("node"); err == nil { // without it there is nobody to run it
		out, err := exec.CommandContext(t.Context(), node, "--input-type=module", "--eval", script).Output() //nolint:gosec // the README's own
		if err != nil {
			t.Fatal(err)
		}
		minted["Node"] = string(out)
	}
	b := setup(t, &studio{status: "Uploading"})
	for language, ticket := range minted {
		if w := b.ask(video+"/credentials", ticket); w.Code != http.StatusOK {
			t.Errorf("%s: %q is answered with %d %s", language, ticket, w.Code, w.Body)
		}
		if w := b.ask("another/credentials", ticket); w.Code != http.StatusForbidden {
			t.Errorf("%s: another video is answered with %d", language, w.Code)
		}
	}
}
