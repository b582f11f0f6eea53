package huawei_test

import (
	"context"
	"crypto/rsa"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/events/huawei"
)

const certFile = "SMN_" + region + "_" + certID + ".pem"

// write makes a folder of files.
func write(tb testing.TB, files map[string][]byte) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string][]byte{certFile: certificate(t, smnKey()), ".gitkeep": nil})
	// As Kubernetes mounts a secret: a link to a file in a hidden folder.
	if err := os.Mkdir(filepath.Join(dir, "..data"), 0o700); err != nil {
		t.Fatal(err)
	}
	second := "SMN_cn-south-1_3f97b396bf5f4ff0a6dd320acb38bb03.pem"
	if err := os.WriteFile(filepath.Join(dir, "..data", second), certificate(t, otherKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("..data", second), filepath.Join(dir, second)); err != nil {
		t.Fatal(err)
	}
	f, err := huawei.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]*rsa.PrivateKey{certFile: smnKey(), second: otherKey()} {
		cert, err := f.Certificate(t.Context(), "https://smn.example.com/smn/"+name)
		if err != nil || !key.PublicKey.Equal(cert.PublicKey) {
			t.Errorf("%s: certificate %v, error %v", name, cert, err)
		}
	}
	_, err = f.Certificate(context.Background(), certURL(1))
	wantReason(t, err, huawei.ReasonCertificate)
}

// An offline deployment verifies without a request.
func TestFolderVerifies(t *testing.T) {
	t.Parallel()
	f, err := huawei.OpenFolder(write(t, map[string][]byte{certFile: certificate(t, smnKey())}))
	if err != nil {
		t.Fatal(err)
	}
	v, err := huawei.NewSMNVerifier(huawei.SMNConfig{Topics: []string{topic}, Certificates: f})
	if err != nil {
		t.Fatal(err)
	}
	h, text := sign(t, smnKey(), message())
	if _, err := v.Open(t.Context(), h, text, signed()); err != nil {
		t.Error(err)
	}
	m := message()
	m.CertificateURL = certURL(1)
	h, text = sign(t, smnKey(), m)
	_, err = v.Open(t.Context(), h, text, signed())
	wantReason(t, err, huawei.ReasonCertificate)
}

func TestOpenFolderRefuses(t *testing.T) {
	t.Parallel()
	good := certificate(t, smnKey())
	for name, test := range map[string]struct {
		files map[string][]byte
		want  []string
	}{
		"an empty folder":       {nil, []string{"has no file"}},
		"hidden files alone":    {map[string][]byte{".x.pem": good}, []string{"has no file"}},
		"a page":                {map[string][]byte{certFile: []byte("<html>")}, []string{certFile, "not a certificate in PEM form"}},
		"an empty file":         {map[string][]byte{certFile: nil}, []string{certFile, "not a certificate"}},
		"a broken certificate":  {map[string][]byte{certFile: []byte("-----BEGIN CERTIFICATE-----\neA==\n-----END CERTIFICATE-----\n")}, []string{certFile, "not a readable certificate"}},
		"a short key":           {map[string][]byte{certFile: certificate(t, shortKey())}, []string{certFile, "1024 bits, at least 2048"}},
		"not RSA":               {map[string][]byte{certFile: certificate(t, curvedKey())}, []string{certFile, "ECDSA, RSA is needed"}},
		"a name of its own":     {map[string][]byte{certFile: good, "smn.pem": good}, []string{"smn.pem", "not named as its URL ends"}},
		"a name without region": {map[string][]byte{certID + ".pem": good}, []string{certID + ".pem", "not named"}},
		"another service":       {map[string][]byte{"OBS_cn-north-4_" + certID + ".pem": good}, []string{"OBS_", "not named"}},
		"a name without ID":     {map[string][]byte{"SMN_cn-north-4_.pem": good}, []string{"SMN_cn-north-4_.pem", "not named"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := huawei.OpenFolder(write(t, test.files))
			if err == nil || f != nil {
				t.Fatalf("folder %v, error %v; want an error alone", f, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want one with %q", err, want)
				}
			}
		})
	}
}

func TestOpenFolderUnreadable(t *testing.T) {
	t.Parallel()
	if _, err := huawei.OpenFolder(filepath.Join(t.TempDir(), "missing")); err == nil || !strings.Contains(err.Error(), "missing") || strings.Contains(err.Error(), "open .:") {
		t.Errorf("a missing folder: error %v", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, certFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := huawei.OpenFolder(dir); err == nil || !strings.Contains(err.Error(), certFile) {
		t.Errorf("a folder within: error %v", err)
	}
	if err := os.Remove(filepath.Join(dir, certFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, certFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := huawei.OpenFolder(dir); err == nil || !strings.Contains(err.Error(), certFile) {
		t.Errorf("a link to nowhere: error %v", err)
	}
}

// Both sources fit the port.
var (
	_ huawei.Certificates = (*huawei.Fetcher)(nil)
	_ huawei.Certificates = (*huawei.Folder)(nil)
	_ http.RoundTripper   = (*site)(nil)
)
