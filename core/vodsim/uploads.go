package vodsim

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
)

// uploads is where the sources of the media are uploaded to. An address, once
// given, stays.
type uploads struct {
	endpoint string
	objects  map[string]string // by video ID
	videos   map[string]string // by object
}

// Storage is the object storage that takes uploads. It answers under any host
// name, the server only under those that begin with the name of the bucket.
func (s *Server) Storage() *oss.Server { return s.storage }

// createUploadParams has the parameters that only describe the video; they are
// taken and have no effect.
func createUploadParams() map[string]param {
	params := map[string]param{"FileName": required(anyText), "Title": required(anyText), "UserData": optional(jsonObject)}
	for _, name := range []string{
		"AppId", "CateId", "CoverURL", "Description", "FileSize", "StorageLocation", "Tags", "TemplateGroupId", "WorkflowId",
	} {
		params[name] = optional(anyText)
	}
	return params
}

// refreshUploadParams lack ReferenceId, by which a video can be named since
// December 2025.
func refreshUploadParams() map[string]param {
	return map[string]param{"VideoId": required(anyText)}
}

// uploadAnswer is the answer to both.
type uploadAnswer struct {
	RequestID     string `json:"RequestId"`
	VideoID       string `json:"VideoId"`
	UploadAddress string `json:"UploadAddress"`
	UploadAuth    string `json:"UploadAuth"`
}

// createUpload makes a video that waits for its source.
func (s *Server) createUpload(q request) (any, *refusal) {
	extension := path.Ext(q.get("FileName"))
	if len(extension) < 2 {
		return nil, refuse(extensionInvalid)
	}
	m := s.library.add(Media{ID: s.issued.hex(), Status: "Uploading"}, q.at)
	s.address(m.ID, extension)
	return s.uploadAnswer(q, m), nil
}

// refreshUpload answers for every status: for a video whose source is there, it
// is the right to overwrite it.
func (s *Server) refreshUpload(q request) (any, *refusal) {
	m, refused := s.video(q)
	if refused != nil {
		return nil, refused
	}
	if m.Damaged {
		return nil, refuse(videoDamaged)
	}
	return s.uploadAnswer(q, m), nil
}

// address is the name of the object that a video's source is uploaded to.
func (s *Server) address(id, extension string) string {
	object, ok := s.uploads.objects[id]
	if !ok {
		folder := s.issued.hex()[:8] + "-" + s.issued.hex()[:11]
		object = "sv/" + folder + "/" + folder + strings.ToLower(extension)
		s.uploads.objects[id], s.uploads.videos[object] = object, id
	}
	return object
}

// uploadAnswer gives out credentials; no two answers hold the same. The fields
// of the two texts and their order are those of the documented sample.
func (s *Server) uploadAnswer(q request, m Media) uploadAnswer {
	object := s.address(m.ID, ".mp4")
	grant := s.storage.Grant(object, s.cfg.UploadLife)
	address := struct{ Endpoint, Bucket, FileName string }{
		cmp.Or(s.uploads.endpoint, "https://oss-cn-shanghai.aliyuncs.com"), s.storage.Bucket(), object,
	}
	auth := struct{ SecurityToken, AccessKeyId, ExpireUTCTime, AccessKeySecret, Expiration, Region string }{ //nolint:revive // the API's names
		SecurityToken: grant.SecurityToken.Reveal(), AccessKeyId: grant.AccessKeyID,
		ExpireUTCTime: stamp(grant.Expires), AccessKeySecret: grant.AccessKeySecret.Reveal(),
		Expiration: strconv.Itoa(int(s.cfg.UploadLife / time.Second)), Region: "cn-shanghai",
	}
	return uploadAnswer{q.id, m.ID, encodeObject(address), encodeObject(auth)}
}

// encodeObject is the base64 of a JSON object.
func encodeObject(object any) string {
	text, _ := json.Marshal(object) // strings only
	return base64.StdEncoding.EncodeToString(text)
}

// uploaded notes that a source has arrived. What would follow, transcoding and
// its callbacks, does not.
func (s *Server) uploaded(o oss.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.library.media[s.uploads.videos[o.Name]]
	if ok {
		m.Status = "UploadSucc"
		s.library.media[m.ID] = m
	}
}
