package vodsim_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the documented protocol
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// credentials are what the two texts of an upload's answer hold.
type credentials struct {
	Endpoint, Bucket, FileName        string
	AccessKeyID                       string `json:"AccessKeyId"`
	SecurityToken, AccessKeySecret    string
	ExpireUTCTime, Expiration, Region string
	names                             string // of all fields
}

// unpack decodes the two texts, and keeps the names in their order.
func unpack(t *testing.T, address, auth string) credentials {
	t.Helper()
	var c credentials
	for name, text := range map[string]string{"UploadAddress": address, "UploadAuth": auth} {
		data, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatalf("%s %s: %v", name, data, err)
		}
		var names []string
		for part := range strings.SplitSeq(string(data), `":"`) {
			names = append(names, part[strings.LastIndex(part, `"`)+1:])
		}
		c.names += name + " " + strings.Join(names[:len(names)-1], ",") + ";"
	}
	return c
}

func (p *platform) upload(got reply) credentials {
	p.t.Helper()
	return unpack(p.t, got.text("UploadAddress"), got.text("UploadAuth"))
}

// status is what GetVideoInfo says of a media.
func (p *platform) status(id string) any {
	p.t.Helper()
	video, _ := p.must("GetVideoInfo", "VideoId", id).body["Video"].(map[string]any)
	return video["Status"]
}

// store sends a source in one piece, as an OSS SDK would, and returns the
// answer's status.
func (p *platform) store(c credentials, content string) int {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodPut, "http://"+c.Bucket+".localhost:8080/"+c.FileName, strings.NewReader(content))
	date := p.clock.Now().Format(http.TimeFormat)
	mac := hmac.New(sha1.New, []byte(c.AccessKeySecret))
	mac.Write([]byte("PUT\n\n\n" + date + "\nx-oss-date:" + date + "\nx-oss-security-token:" + c.SecurityToken +
		"\n/" + c.Bucket + "/" + c.FileName))
	r.Header.Set("X-Oss-Date", date)
	r.Header.Set("X-Oss-Security-Token", c.SecurityToken)
	r.Header.Set("Authorization", "OSS "+c.AccessKeyID+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code
}

func TestRefreshUpload(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, vodsim.Config{})
	for _, status := range []string{"Uploading", "UploadFail", "Normal", "Blocked"} {
		p.AddMedia(vodsim.Media{ID: status, Status: status})
		got := p.must("RefreshUploadVideo", "VideoId", status)
		if got.text("VideoId") != status || got.text("RequestId") == "" || len(got.body) != 4 {
			t.Errorf("%s: answer %v", status, got.body)
		}
		first := p.upload(got)
		if first.Endpoint != "https://oss-cn-shanghai.aliyuncs.com" || first.Bucket != "outin-simulator" ||
			!strings.HasPrefix(first.FileName, "sv/") || !strings.HasSuffix(first.FileName, ".mp4") {
			t.Errorf("%s: address %+v", status, first)
		}
		if first.ExpireUTCTime != stampOf(fake.Now().Add(3000*time.Second)) || first.Expiration != "3000" || first.Region != "cn-shanghai" {
			t.Errorf("%s: expires %s, in %s s", status, first.ExpireUTCTime, first.Expiration)
		}
		for _, names := range []string{
			"UploadAddress Endpoint,Bucket,FileName;",
			"UploadAuth SecurityToken,AccessKeyId,ExpireUTCTime,AccessKeySecret,Expiration,Region;",
		} {
			if !strings.Contains(first.names, names) {
				t.Errorf("%s: fields %s, want %s", status, first.names, names)
			}
		}
		fake.Advance(time.Minute)
		again := p.upload(p.must("RefreshUploadVideo", "VideoId", status))
		if again.FileName != first.FileName || again.AccessKeyID == first.AccessKeyID || again.SecurityToken == first.SecurityToken {
			t.Errorf("%s: refreshed %+v, want the address of %+v and new keys", status, again, first)
		}
		if p.status(status) != status {
			t.Errorf("%s became %s", status, p.status(status))
		}
	}
}

func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func TestRefreshUploadRefused(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
	p.refused(p.call("RefreshUploadVideo", "VideoId", "missing-1"), http.StatusNotFound, "InvalidVideo.NotFound")
	p.refused(p.call("RefreshUploadVideo", "VideoId", "damaged-1"), http.StatusBadRequest, "InvalidVideo.Damaged")
	p.refused(p.call("RefreshUploadVideo", "VideoId", "forbidden-1"), http.StatusForbidden, "Forbidden")
	p.refused(p.call("RefreshUploadVideo"), http.StatusBadRequest, "MissingParameter")
	p.refused(p.call("CreateUploadVideo", "Title", "t"), http.StatusBadRequest, "MissingParameter")
	p.refused(p.call("CreateUploadVideo", "Title", "t", "FileName", "a"), http.StatusBadRequest, "InvalidFileName.Extension")
	p.refused(p.call("CreateUploadVideo", "Title", "t", "FileName", "a."), http.StatusBadRequest, "InvalidFileName.Extension")
	for id, want := range map[string]string{"uploading-1": "Uploading", "damaged-1": "UploadFail", "a": "Normal"} {
		if got := p.status(id); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

// A video lives from its creation to the arrival of its source, and can be
// overwritten after that.
func TestUpload(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, vodsim.Config{UploadLife: time.Hour, UploadEndpoint: "http://localhost:8080"})
	created := p.must("CreateUploadVideo", "Title", "A film", "FileName", "a/film.MOV", "FileSize", "5", "UserData", `{"a":1}`)
	id, first := created.text("VideoId"), p.upload(created)
	if first.Endpoint != "http://localhost:8080" || !strings.HasSuffix(first.FileName, ".mov") || first.Expiration != "3600" {
		t.Errorf("created %+v", first)
	}
	other := p.upload(p.must("CreateUploadVideo", "Title", "Another", "FileName", "b.mov"))
	if other.FileName == first.FileName {
		t.Error("two videos have one address")
	}
	fake.Advance(time.Hour)
	if got := p.store(first, "hello"); got != http.StatusForbidden || p.status(id) != "Uploading" {
		t.Errorf("old credentials: answer %d, %s", got, p.status(id))
	}
	second := p.upload(p.must("RefreshUploadVideo", "VideoId", id))
	if second.FileName != first.FileName {
		t.Errorf("address %s, then %s", first.FileName, second.FileName)
	}
	if got := p.store(second, "hello"); got != http.StatusOK || p.status(id) != "UploadSucc" {
		t.Errorf("new credentials: answer %d, %s", got, p.status(id))
	}
	if o, ok := p.Storage().Object(first.FileName); !ok || o.MD5 != "5d41402abc4b2a76b9719d911017c592" {
		t.Errorf("stored %+v", o)
	}
	p.refused(p.call("GetPlayInfo", "VideoId", id), http.StatusForbidden, "Forbidden.IllegalStatus")
	if got := p.store(p.upload(p.must("RefreshUploadVideo", "VideoId", id)), "overwritten"); got != http.StatusOK {
		t.Errorf("overwriting is answered %d", got)
	}
}

// A source for a media that is no longer known changes nothing.
func TestStoredObjectOfNobody(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	grant := p.Storage().Grant("sv/x.mp4", time.Hour)
	got := p.store(credentials{
		Bucket: p.Storage().Bucket(), FileName: "sv/x.mp4", AccessKeyID: grant.AccessKeyID,
		AccessKeySecret: grant.AccessKeySecret.Reveal(), SecurityToken: grant.SecurityToken.Reveal(),
	}, "x")
	if got != http.StatusOK {
		t.Errorf("answer %d", got)
	}
}

func TestUploadRate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cfg  vodsim.Config
		want int
	}{
		"default":     {vodsim.Config{}, 80},
		"its own":     {vodsim.Config{UploadRate: 7}, 7},
		"that of all": {vodsim.Config{Rate: 9}, 9},
		"no limit":    {vodsim.Config{Rate: 9, UploadRate: -1}, 120},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.cfg.AnyMedia = true
			p, _ := newPlatform(t, tt.cfg)
			passed := 0
			for n := range 120 {
				if got := p.call("RefreshUploadVideo", "VideoId", "uploading"+strconv.Itoa(n)); got.status == http.StatusOK {
					passed++
				} else {
					p.refused(got, http.StatusServiceUnavailable, "Throttling")
				}
			}
			if passed != tt.want {
				t.Errorf("%d calls in a second passed, want %d", passed, tt.want)
			}
		})
	}
}

func TestStockSDKRefreshesUploads(t *testing.T) {
	t.Parallel()
	client, s := stock(t, "right")
	create := vod.CreateCreateUploadVideoRequest()
	create.Title, create.FileName = "A film", "film.mp4"
	created, err := client.CreateUploadVideo(create)
	if err != nil {
		t.Fatal(err)
	}
	refresh := vod.CreateRefreshUploadVideoRequest()
	refresh.VideoId = created.VideoId
	refreshed, err := client.RefreshUploadVideo(refresh)
	if err != nil {
		t.Fatal(err)
	}
	c := unpack(t, refreshed.UploadAddress, refreshed.UploadAuth)
	if refreshed.VideoId != created.VideoId || c.Endpoint != strings.Replace("http://"+client.Domain, "127.0.0.1", "localhost", 1) ||
		c.Bucket != s.Storage().Bucket() || c.AccessKeyID == "" {
		t.Errorf("refreshed %+v, credentials %+v", refreshed.VideoId, c)
	}
	expires, err := time.Parse(time.RFC3339, c.ExpireUTCTime)
	if left := time.Until(expires); err != nil || left < 2900*time.Second || left > 3000*time.Second {
		t.Errorf("good for %s, error %v", left, err)
	}
}
