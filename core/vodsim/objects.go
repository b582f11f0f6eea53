package vodsim

import (
	"net/url"
	"strings"
)

// The most URLs that one call takes: the console's limits.
const (
	maxRefreshObjects = 1000
	maxPreloadObjects = 100
)

// objectsPerTask is how many URLs of one call share a task ID. The
// documentation only says that there may be several IDs; this many lets a
// large call show both several IDs and several pages of tasks.
const objectsPerTask = 100

func refreshObjectsParams() map[string]param {
	return map[string]param{
		"ObjectPath": required(atMost(maxRefreshObjects, "\n")),
		"ObjectType": optional(oneOf("File", "Directory")),
		"Force":      optional(oneOf("true", "false")),
	}
}

func preloadObjectsParams() map[string]param {
	return map[string]param{
		"ObjectPath": required(atMost(maxPreloadObjects, "\n")),
		"Area":       optional(oneOf("domestic", "overseas")),
		"L2Preload":  optional(oneOf("true", "false")),
		"WithHeader": optional(jsonObject),
	}
}

func (s *Server) refreshObjects(q request) (any, *refusal) {
	kind, spent := "file", &s.quota.refresh
	if q.get("ObjectType") == "Directory" {
		kind, spent = "directory", &s.quota.directory
	}
	ids, refused := s.submitObjects(q, kind, spent)
	return map[string]string{"RequestId": q.id, "RefreshTaskId": ids}, refused
}

func (s *Server) preloadObjects(q request) (any, *refusal) {
	ids, refused := s.submitObjects(q, "preload", &s.quota.preload)
	return map[string]string{"RequestId": q.id, "PreloadTaskId": ids}, refused
}

// submitObjects hands the URLs of a call to the CDN, all or none, and returns
// their task IDs as a comma list.
func (s *Server) submitObjects(q request, kind string, spent *allowance) (string, *refusal) {
	paths := split(q.get("ObjectPath"), "\n")
	for _, path := range paths {
		if !legalObject(path, kind) {
			return "", refuse(objectPathMalformed)
		}
	}
	if refused := s.quota.spend(spent, len(paths), q.at); refused != nil {
		return "", refused
	}
	var ids []string
	for i, path := range paths {
		if i%objectsPerTask == 0 {
			ids = append(ids, s.issued.number())
		}
		s.tasks.add(&task{id: ids[len(ids)-1], path: path, kind: kind, created: q.at})
	}
	return strings.Join(ids, ","), nil
}

// legalObject takes absolute http URLs; a directory's ends in a slash.
func legalObject(path, kind string) bool {
	u, err := url.Parse(path)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	return kind != "directory" || strings.HasSuffix(u.Path, "/")
}
