package huawei

import "cmp"

// refreshBody is the body of RefreshAsset.
type refreshBody struct {
	AssetIDList []string `json:"asset_id_list"`
	URLs        []string `json:"urls"`
}

// preheatingBody is the body of CreatePreheatingAsset.
type preheatingBody struct {
	AssetID string   `json:"asset_id"`
	URLs    []string `json:"urls"`
}

// refreshAsset starts a task for assets or for URLs; what the platform says to
// both at once is not documented, here it is an illegal parameter. One asset
// that does not exist refuses the whole call.
func (s *Server) refreshAsset(q request) (any, *refusal) {
	var body refreshBody
	if refused := q.decode(&body); refused != nil {
		return nil, refused
	}
	if (len(body.AssetIDList) > 0) == (len(body.URLs) > 0) {
		return nil, illegal("asset_id_list, urls")
	}
	if refused := cmp.Or(checkIDs("asset_id_list", body.AssetIDList), checkURLs(body.URLs)); refused != nil {
		return nil, refused
	}
	playURLs, refused := s.playURLs(q, body.AssetIDList, refreshable)
	if refused != nil {
		return nil, refused
	}
	return s.start(q, refreshing, refreshSpent, len(body.AssetIDList)+len(body.URLs), append(playURLs, body.URLs...))
}

// createPreheating starts a task for one asset or for URLs.
func (s *Server) createPreheating(q request) (any, *refusal) {
	var body preheatingBody
	if refused := q.decode(&body); refused != nil {
		return nil, refused
	}
	if (body.AssetID != "") == (len(body.URLs) > 0) {
		return nil, illegal("asset_id, urls")
	}
	if len(body.URLs) > maxTargets {
		return nil, refuse(tooManyURLs)
	}
	if refused := checkURLs(body.URLs); refused != nil {
		return nil, refused
	}
	if body.AssetID == "" {
		return s.start(q, preheating, preheatsSpent, len(body.URLs), body.URLs)
	}
	playURLs, refused := s.playURLs(q, []string{body.AssetID}, preheatable)
	if refused != nil {
		return nil, refused
	}
	return s.start(q, preheating, preheatsSpent, 1, playURLs)
}

// playURLs are the play URLs of assets, each of which must be in a state that
// fits.
func (s *Server) playURLs(q request, ids []string, fits func(Asset) *refusal) ([]string, *refusal) {
	var all []string
	for _, id := range ids {
		a, ok := s.library.find(id, q.at)
		if !ok {
			return nil, refuse(noAsset)
		}
		if refused := fits(a); refused != nil {
			return nil, refused
		}
		all = append(all, a.URLs...)
	}
	return all, nil
}

// refreshable takes assets that are completed, deleted or published, which are
// the documentation's words; "completed" is read as all that have a source.
func refreshable(a Asset) *refusal {
	switch a.Status {
	case "UNCREATED", "CREATING", "CANCELLED", "UPLOAD_FAILED", "SERVER_ERROR":
		return refuse(wrongState)
	}
	return nil
}

// preheatable takes published assets.
func preheatable(a Asset) *refusal {
	if a.Status != published {
		return refuse(unpublished)
	}
	return nil
}

// start spends the quota and begins a task.
func (s *Server) start(q request, kind taskKind, allowance code, assets int, urls []string) (any, *refusal) {
	if refused := s.quota.spend(allowance, assets, q.at); refused != nil {
		return nil, refused
	}
	id := s.nextID()
	s.tasks.byID[id] = task{kind: kind, urls: urls, created: q.at}
	return map[string]string{"task_id": id}, nil
}

func (s *Server) showRefresh(q request) (any, *refusal)    { return s.show(q, refreshing) }
func (s *Server) showPreheating(q request) (any, *refusal) { return s.show(q, preheating) }

// show tells of each URL of a task. What the platform says to a task that it
// does not know, or that is of the other kind, is undocumented; here it is an
// empty list.
func (s *Server) show(q request, kind taskKind) (any, *refusal) {
	id, refused := q.single("task_id")
	if refused != nil {
		return nil, refused
	}
	results := []taskResult{}
	if one, ok := s.tasks.byID[id]; ok && one.kind == kind {
		results = s.tasks.results(one, q.at)
	}
	return map[string][]taskResult{string(kind): results}, nil
}
