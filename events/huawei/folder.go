package huawei

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Folder has the signing certificates of a folder of PEM files, for a service
// that must not or cannot fetch them. It is safe for concurrent use.
type Folder struct{ certificates map[string]*x509.Certificate }

// OpenFolder reads every file of a folder once. A file is named as the last path
// element of its certificate's URL, SMN_<region>_<32 hexadecimal digits>.pem;
// names that begin with a dot are passed over. It is an error that names the
// file if one cannot be read, has another name, is no certificate in PEM form or
// has not an RSA key of 2,048 bits or more, and also if there is none at all. A
// certificate that is added later needs a new start.
func OpenFolder(dir string) (*Folder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("SMN certificates: folder: %w", err) // which it names
	}
	folder := os.DirFS(dir)
	f := &Folder{certificates: map[string]*x509.Certificate{}}
	for _, entry := range entries {
		name := entry.Name()
		if name[0] == '.' {
			continue
		}
		if f.certificates[name], err = readCertificate(folder, name); err != nil {
			return nil, fmt.Errorf("SMN certificates: folder %s, file %s: %w", dir, name, err)
		}
	}
	if len(f.certificates) == 0 {
		return nil, fmt.Errorf("SMN certificates: folder %s has no file, a PEM file of each certificate is needed", dir)
	}
	return f, nil
}

func readCertificate(folder fs.FS, name string) (*x509.Certificate, error) {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, err
	}
	if head, id, ok := cutLast(name, "_"); !ok || !strings.HasPrefix(head, "SMN_") || !certificateFile(id) {
		return nil, errors.New("not named as its URL ends, SMN_<region>_<32 hexadecimal digits>.pem")
	}
	return parseCertificate(text)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// Certificate returns the certificate whose file has the name of the URL's last
// path element. It makes no request.
func (f *Folder) Certificate(_ context.Context, url string) (*x509.Certificate, error) {
	cert, ok := f.certificates[path.Base(url)]
	if !ok {
		return nil, refuse(ReasonCertificate, "the folder of certificates has no "+path.Base(url))
	}
	return cert, nil
}
